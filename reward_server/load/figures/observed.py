"""One load with all that its evidence is made of."""

from collections.abc import Sequence
from statistics import median

import msgspec

from reward_server.load.figures.engine import Queue
from reward_server.load.figures.measured import Measured
from reward_server.load.report import Latency, PhaseFigures


class Observed(msgspec.Struct, frozen=True):
    """A load that was answered, and that the client did not limit."""

    phase: PhaseFigures
    latency: Latency
    queue: Queue
    in_flight: float
    """On average."""
    server_s: float | None
    """How long the server says that the median call took."""
    judge_s: float | None
    """How long it says that the median call's questions took a judge on average."""


def observed(repeats: Sequence[Measured], phase: PhaseFigures, queue: Queue) -> Observed | None:
    """None if nothing was answered, or the client limited it."""
    if phase.latency is None or phase.client_limited:
        return None
    calls = [call for each in repeats for call in each.due]
    return Observed(
        phase,
        phase.latency,
        queue,
        phase.client.in_flight or 0.0,
        _median([call.server_s for call in calls]),
        _median([call.judge_s for call in calls]),
    )


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
