"""What an alarm says. Shapes only."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

Level = Literal["warning", "critical"]


class Sign(msgspec.Struct, frozen=True, kw_only=True):
    """What a detector sees at the last step of a history. No sign of a subject means that it is fine."""

    subject: str = ""
    """The component, criterion, cause or kind it is about; empty where it is about the whole run."""
    level: Level | None
    """None where it is neither bad enough for an alarm nor fine: one that is raised stays."""
    seen: str = ""
    """What was seen, in words and numbers. Nothing that a policy wrote."""
    numbers: Mapping[str, float] = {}
    """The same numbers by name."""
    since: int = 0
    """The step since which it is so."""
    rollouts: Sequence[int] = ()
    """Numbers of a few stored rollouts to look at."""
    advice: str = ""
    """What to do."""


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """Something about a run that somebody should look at."""

    name: str
    subject: str
    level: Level
    """The worst so far."""
    seen: str
    """What was seen last at that level, in words and numbers."""
    numbers: Mapping[str, float]
    advice: str
    since: int
    """The step since which it is so."""
    raised: int
    """The step at which that was certain enough to say so."""
    last: int
    """The last step at which it was seen."""
    until: int | None = None
    """The step at which it was over; None while it goes on."""
    rollouts: Sequence[int] = ()
    """Numbers of a few stored rollouts to look at."""

    @property
    def key(self) -> tuple[str, str]:
        """Its name and its subject: what is raised no more than once at a time."""
        return self.name, self.subject

    @property
    def active(self) -> bool:
        """Whether it goes on."""
        return self.until is None


def holding(subject: str = "") -> Sign:
    """Neither bad enough nor fine, or nothing that could be told."""
    return Sign(subject=subject, level=None)
