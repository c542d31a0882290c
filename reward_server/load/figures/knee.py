"""The knee of a load-throughput curve: the least load that brings nearly all that can be sustained."""

import math
from collections import Counter
from collections.abc import Sequence

import msgspec

from reward_server.load.figures import words
from reward_server.load.figures.named import failed
from reward_server.load.record import Shape
from reward_server.load.report import Knee, PhaseFigures

ENOUGH = 0.95
"""Share of the greatest throughput that the knee must bring."""
KEPT_UP = 0.95
"""Share of the offered rollouts that must be done at an open load."""
MORE_FAILURES = 0.05
"""A load at which so many more calls fail than at the best one is not sustained."""
RISING = 0.5
"""Where 1 % more load brings more than this many per cent of throughput, the curve still rises."""


class Found(msgspec.Struct, frozen=True):
    """The knee, or a sentence that says why there is none."""

    knee: Knee | None = None
    reason: str | None = None


class _Point(msgspec.Struct, frozen=True):
    number: int
    phase: PhaseFigures
    rollouts_s: float

    @property
    def load(self) -> float:
        return self.phase.load

    @property
    def p99_s(self) -> float | None:
        return None if self.phase.rollout_latency is None else self.phase.rollout_latency.p99


def find(phases: Sequence[PhaseFigures], slo_s: float | None, *, full: bool = False) -> Found:
    """The knee of the shape with the most loads. Loads that the client limited are left out.

    `full` where the greatest load is known to be more than what was tested can do at once.
    """
    shape = _shape(phases)
    if shape is None:
        return Found(
            reason="Bursts have no knee: it takes loads that last." if phases else "Nothing was measured."
        )
    curve = _curve(phases, shape)
    reason = _too_little(curve, phases)
    if reason is not None:
        return Found(reason=reason)
    sustained = [point for point in curve if _sustained(point, curve, slo_s)]
    if not sustained:
        return Found(reason=_none_sustained(slo_s))
    greatest = max(point.rollouts_s for point in sustained)
    knee = next(point for point in sustained if point.rollouts_s >= ENOUGH * greatest)
    if _still_rises(knee, curve, sustained):
        return Found(reason=_between(curve) if full else _rises(curve, phases))
    return Found(knee=_described(knee))


def _shape(phases: Sequence[PhaseFigures]) -> Shape | None:
    counts = Counter(phase.shape for phase in phases if phase.shape != "burst")
    return counts.most_common(1)[0][0] if counts else None


def _curve(phases: Sequence[PhaseFigures], shape: Shape) -> list[_Point]:
    points = [
        _Point(number, phase, phase.rollouts_s)
        for number, phase in enumerate(phases)
        if phase.shape == shape and not phase.client_limited and phase.rollouts_s
    ]
    return sorted(points, key=lambda point: point.load)


def _too_little(curve: Sequence[_Point], phases: Sequence[PhaseFigures]) -> str | None:
    limited = any(phase.client_limited for phase in phases)
    if not curve:
        return "The client limited every load." if limited else "No rollout was completed."
    if len(curve) == 1:
        left_out = " besides those that the client limited" if limited else ""
        return f"One load{left_out} shows no knee: try several, or let a sweep find it."
    return None


def _sustained(point: _Point, curve: Sequence[_Point], slo_s: float | None) -> bool:
    least = min(failed(each.phase) or 0.0 for each in curve)
    if (failed(point.phase) or 0.0) > least + MORE_FAILURES or not _kept_up(point):
        return False
    return slo_s is None or (point.p99_s is not None and point.p99_s <= slo_s)


def _kept_up(point: _Point) -> bool:
    """An open load of which a part is left undone has a latency that grows without end."""
    offered = point.phase.offered_rollouts_s
    return offered is None or point.rollouts_s >= KEPT_UP * offered


def _still_rises(knee: _Point, curve: Sequence[_Point], sustained: Sequence[_Point]) -> bool:
    """Whether no greater load shows that there is little more to have."""
    beyond = [point for point in curve if point.load > knee.load]
    if not beyond:
        return True
    last = beyond[-1]
    if last not in sustained:
        return False
    return math.log(last.rollouts_s / knee.rollouts_s) > RISING * math.log(last.load / knee.load)


def _none_sustained(slo_s: float | None) -> str:
    within = "" if slo_s is None else f" with p99 of a rollout within {words.seconds(slo_s)}"
    return f"No load was sustained{within}: try smaller ones."


def _rises(curve: Sequence[_Point], phases: Sequence[PhaseFigures]) -> str:
    last = curve[-1].phase
    at = words.load(last.shape, last.load)
    if any(phase.client_limited and phase.load > last.load for phase in phases):
        return f"Throughput still rose up to {at}; greater loads were limited by the client."
    return f"Throughput still rose up to {at}, the greatest load: try greater ones."


def _between(curve: Sequence[_Point]) -> str:
    low, high = curve[-2], curve[-1]
    at = words.load(high.phase.shape, high.load)
    between = f"between {words.number(low.load)} and {at}"
    return f"The knee lies {between}: try loads in there, or let a sweep find it."


def _described(point: _Point) -> Knee:
    phase = point.phase
    return Knee(
        shape=phase.shape,
        load=phase.load,
        rollouts_s=point.rollouts_s,
        calls_s=phase.calls_s,
        verdicts_s=phase.verdicts_s,
        p99_s=point.p99_s,
        phase=point.number,
    )
