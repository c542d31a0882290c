"""What is told of a load test while it runs. Shapes only."""

from collections.abc import Callable

import msgspec

from reward_server.load.record import Shape


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A load test at one moment, four times a second. Times are seconds since the run began."""

    at: float
    number: int
    """Which phase, from 0."""
    phases: int | None
    """How many there will be; None where a sweep finds that out."""
    shape: Shape
    load: float
    repeat: int
    warming: bool
    """Whether the phase still warms up."""
    left_s: float | None
    """Until the phase sends nothing new; None for a burst, which ends when it ends."""
    rollouts: int
    """Done since the run began, those of warm-ups included."""
    rollouts_s: float
    """Rate over the last seconds."""
    calls_s: float
    p50_s: float | None
    """Latency of the calls of the last seconds; None where none ended."""
    p99_s: float | None
    in_flight: int
    waiting: int | None
    """Calls that wait in the engine; None where it does not say."""
    failures: int
    """Calls without a verdict since the run began."""
    cpu: float
    """Share of one core that we use."""
    lag_s: float
    """By how much our event loop was late at worst, a moment ago."""


Observe = Callable[[Progress], None]


def unobserved(progress: Progress) -> None:
    """Nobody watches."""
