"""Who is told what a judge does: metrics and logs, which live upstairs."""

from typing import Protocol

from judges.request import Form, Usage
from rubrics.cause import Cause


class Observer(Protocol):
    """Told what a judge does. Must not block."""

    def answered(self, outcome: str, seconds: float) -> None:
        """Count a question that ended as `verdict` or as a cause; `seconds` include all its waits."""

    def spared(self, by: str) -> None:
        """Count a question that needed no call of its own: `cached`, or `joined` to one in flight."""

    def replied(self, usage: Usage, seconds: float) -> None:
        """Count one reply of the backend, `seconds` after the attempt began."""

    def retried(self, cause: Cause) -> None:
        """Count an attempt that failed with `cause` and will be made again."""

    def hedged(self) -> None:
        """Count a call made a second time because it was slow."""

    def ejected(self, replica: str, why: str) -> None:
        """Note that a replica gets no more calls."""

    def recovered(self, replica: str) -> None:
        """Note that an ejected replica gets calls again."""

    def pinned(self, form: Form) -> None:
        """Note how answers are asked for from now on."""

    def voted(self, distance: float) -> None:
        """Note how far a vote lies from the finding that it was counted into, from 0 to 1."""


class Unobserved:
    """An observer that looks away."""

    def answered(self, outcome: str, seconds: float) -> None: ...

    def spared(self, by: str) -> None: ...

    def replied(self, usage: Usage, seconds: float) -> None: ...

    def retried(self, cause: Cause) -> None: ...

    def hedged(self) -> None: ...

    def ejected(self, replica: str, why: str) -> None: ...

    def recovered(self, replica: str) -> None: ...

    def pinned(self, form: Form) -> None: ...

    def voted(self, distance: float) -> None: ...
