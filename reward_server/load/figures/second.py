"""A measurement cut into seconds."""

from collections.abc import Callable, Sequence

import msgspec

from reward_server.load.figures.measured import Measured
from reward_server.load.figures.trace import Trace, lost, timed, verdicts
from rubrics.cause import Cause

MOST = 120
"""Longer measurements are cut into so many parts, each longer than a second."""


class Second(msgspec.Struct):
    """What happened in one second of the measured time, or in a longer part of it."""

    length: float
    rollouts: int = 0
    good: int = 0
    """Rollouts completed with every verdict in time."""
    verdicts: int = 0
    calls: int = 0
    failures: float = 0
    latencies: list[float] = msgspec.field(default_factory=list)
    """Of calls that were due in it."""
    rollout_latencies: list[float] = msgspec.field(default_factory=list)
    """Of rollouts that were due in it."""


def cut(repeats: Sequence[Measured], slo_s: float | None) -> list[Second]:
    """The whole seconds of each repeat; what is left of the last one is not counted."""
    length = max(1.0, sum(each.seconds for each in repeats) / MOST)
    return [second for each in repeats for second in _cut(each, slo_s, length)]


def _cut(one: Measured, slo_s: float | None, length: float) -> list[Second]:
    seconds = [Second(length) for _ in range(int(one.seconds / length + 1e-6))]
    rest = Second(length)

    def at(time: float) -> Second:
        number = int((time - one.start) / length)
        return seconds[number] if number < len(seconds) else rest

    _place_calls(one, at)
    _place_rollouts(one, at, slo_s)
    return seconds


def _place_calls(one: Measured, at: Callable[[float], Second]) -> None:
    for call in one.ended:
        second = at(call.done)
        second.calls += 1
        second.verdicts += verdicts(call)
        second.failures += lost(call) if call.cause != Cause.JUDGE_ABSTAINED else 0
    for call in one.due:
        if timed(call):
            at(call.due).latencies.append(call.latency)


def _place_rollouts(one: Measured, at: Callable[[float], Second], slo_s: float | None) -> None:
    for rollout in one.completed():
        second = at(rollout.done)
        second.rollouts += rollout.rollouts
        second.good += rollout.rollouts * good(rollout, slo_s)
    for rollout in one.began(one.rollouts):
        if rollout.timed:
            at(rollout.due).rollout_latencies.append(rollout.latency)


def good(rollout: Trace, slo_s: float | None) -> bool:
    """Whether it has every verdict within the limit."""
    return slo_s is not None and rollout.judged and rollout.latency <= slo_s
