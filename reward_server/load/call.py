"""What a load test sends, and what it hears. A target makes arrivals; its clients put them to a server."""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

import msgspec

from reward_server.load.record import Target

Ask = TypeVar("Ask")
"""What a target's clients send: one HTTP request each."""


class Arrival(msgspec.Struct, Generic[Ask]):
    """What arrives at once: a rollout with its questions for a judge, or whole groups for a reward URL."""

    rollout: int
    """Its number over the whole run; of several rollouts, the first's."""
    group: int
    rollouts: int
    asks: Sequence[Ask]
    left: int
    """How many of its calls have not ended."""


class Answer(msgspec.Struct, Generic[Ask], frozen=True):
    """What became of one call."""

    verdicts: int = 0
    cause: str | None = None
    """Why there are none; of several, the most frequent cause."""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    server_s: float | None = None
    judge_s: float | None = None
    unscored: int = 0
    """Rollouts without a reward."""
    then: Ask | None = None
    """What is to be sent next, where an answer takes several calls."""


class Client(Protocol[Ask]):
    """One of several that compete, over connections of its own."""

    async def send(self, ask: Ask, /) -> Answer[Ask]:
        """Make one call, in its time. Never raises."""

    async def aclose(self) -> None:
        """Close its connections."""


class LoadTarget(Protocol[Ask]):
    """A server under test, with an endless supply of work for it."""

    @property
    def described(self) -> Target:
        """What is tested. Known once `open` has returned."""

    @property
    def metrics_url(self) -> str | None:
        """Where the server's metrics would be; None where it has none for sure."""

    @property
    def metrics_headers(self) -> dict[str, str]:
        """What a request for them carries."""

    @property
    def rollouts_each(self) -> int:
        """How many rollouts arrive at once."""

    @property
    def notes(self) -> Sequence[str]:
        """What a reader of the figures has to know about the work."""

    async def open(self) -> None:
        """Find out how the server is asked, and prepare the work. Raises ConfigError, BackendError."""

    def client(self, number: int) -> Client[Ask]:
        """A client with an identity of its own."""

    def next(self) -> Arrival[Ask]:
        """The next work: never what was sent before."""
