"""What the fleet is given to do, and within what limits. Shapes only."""

from collections.abc import Callable, Coroutine
from typing import Generic, TypeVar

import msgspec

from judges.caller import Caller
from judges.engine.replica import Replica

Answer = TypeVar("Answer")


class FleetOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of a fleet."""

    ceiling: int | None = None
    """Most calls in flight on one replica; None leaves it to the limiter."""
    requests_per_minute: int | None = None
    """On each replica."""
    tokens_per_minute: int | None = None
    """On each replica."""
    hedged: bool = True
    """Whether slow calls are made a second time."""
    max_waiting: int = 200_000
    """Most calls in line."""
    max_waiting_bytes: int = 2**30
    """Most bytes of prompts in line."""


class Job(msgspec.Struct, Generic[Answer], frozen=True):
    """One call, wherever it will be made."""

    work: Callable[[Replica], Coroutine[None, None, Answer]]
    """Makes one attempt on a replica. Raises BackendError."""
    caller: Caller
    route: bytes = b""
    """Jobs of equal routes want the same replica."""
    text: bytes = b""
    """Stands for the rollout that is judged: several failures on one text are no sign against a replica."""
    size: int = 0
    """Bytes of its prompt."""
    tokens: int = 0
    """About how many tokens it takes."""
