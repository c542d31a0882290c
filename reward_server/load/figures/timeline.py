"""A run second by second."""

import math
from collections.abc import Iterable, Sequence

import msgspec

from reward_server.load.figures.measured import Measured
from reward_server.load.figures.quantiles import nearest_rank
from reward_server.load.figures.trace import by_rollout, cut, lost
from reward_server.load.record import Phase, Run, Sight
from reward_server.load.report import Moment

MOST = 3600
"""Moments; in longer runs each is longer than a second."""


class _Part(msgspec.Struct):
    rollouts: int = 0
    failures: int = 0
    latencies: list[float] = msgspec.field(default_factory=list)
    sights: list[Sight] = msgspec.field(default_factory=list)


def timeline(run: Run, loads: Sequence[Sequence[Measured]]) -> tuple[list[Moment], float]:
    """The moments, and how long each is."""
    last = max((*(call.done for call in run.records), *(sight.at for sight in run.sights)), default=0.0)
    step = max(1.0, math.ceil(last / MOST))
    parts = [_Part() for _ in range(math.floor(last / step) + 1)] if run.records or run.sights else []
    _place(run, parts, step)
    places = {each.number: place for place, repeats in enumerate(loads) for each in repeats}
    return [_moment(run.phases, places, number * step, part) for number, part in enumerate(parts)], step


def _place(run: Run, parts: Sequence[_Part], step: float) -> None:
    for call in run.records:
        if not cut(call):
            part = parts[int(call.done / step)]
            part.latencies.append(call.latency)
            part.failures += lost(call) == 1
    for rollout in by_rollout(run.records):
        if rollout.answered:
            parts[int(rollout.done / step)].rollouts += rollout.rollouts
    for sight in run.sights:
        parts[int(sight.at / step)].sights.append(sight)


def _moment(phases: Sequence[Phase], places: dict[int, int], at: float, part: _Part) -> Moment:
    number = next((n for n, phase in reversed(list(enumerate(phases))) if phase.start <= at), None)
    ordered = sorted(part.latencies)
    return Moment(
        at=at,
        phase=None if number is None else places.get(number),
        warming=number is not None and at < phases[number].warm,
        rollouts=part.rollouts,
        calls=len(ordered),
        failures=part.failures,
        p50=nearest_rank(ordered, 0.5) if ordered else None,
        p99=nearest_rank(ordered, 0.99) if ordered else None,
        in_flight=_most(sight.in_flight for sight in part.sights),
        running=_most(sight.running for sight in part.sights),
        waiting=_most(sight.waiting for sight in part.sights),
    )


def _most(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)
