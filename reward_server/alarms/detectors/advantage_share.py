"""Which component drives the advantage: equal weights are not equal influence."""

from collections.abc import Iterator, Sequence
from math import fsum, sqrt
from statistics import stdev

from reward_server.alarms.alarm import Sign, holding
from reward_server.alarms.components import MANY, in_range, names, width
from reward_server.alarms.rule import Rule
from reward_server.alarms.seen import EASED, Seen, examples, last_of, since, told_steps
from reward_server.history.statistics import StepStatistics
from reward_server.reward.alarm_options import AdvantageShare

ADVICE = {
    "too much": "training follows this component alone: see whether the others are saturated or flat, and "
    "whether their weights are what you meant",
    "too little": "it counts for much less than its weight says: its values hardly differ within groups, or "
    "go against the rest; widen its scale, raise its weight, or take it out",
}
SATURATED = 0.98
"""A mean above this part of the range is saturated, which is another alarm."""
FLAT = 0.01
SURELY = 3.0
"""Standard errors, over steps, by which the mean has to be beyond a limit."""


def detect(seen: Seen, limits: AdvantageShare) -> Sequence[Sign]:
    """See a component with more than `most` of the advantage's variance, or a weighty one with hardly any."""
    several = names(seen)
    return [sign for name in several if len(several) > 1 for sign in _of(name, seen, limits)]


def _of(name: str, seen: Seen, limits: AdvantageShare) -> Iterator[Sign]:
    steps = [step for step in seen.lately if _share(step, name) is not None]
    window = last_of(steps, limits.steps, lambda step: step.scored, MANY)
    weight = seen.last.components[name].weight
    if not window or weight is None:
        yield holding(name)
        return
    shares = [_share(step, name) or 0.0 for step in window]
    mean = fsum(shares) / len(shares)
    error = SURELY * stdev(shares) / sqrt(len(shares)) if len(shares) > 1 else 0.0
    what = "too much" if mean > limits.most > weight else "too little"
    sure = mean - error > limits.most > weight or (mean + error < limits.least and weight >= limits.weight)
    if sure and _varies(window[-1], name):
        yield Sign(
            subject=name,
            level="warning",
            seen=f"{mean:.1%} of the advantage's variance over {told_steps(window)}, with {weight:.0%} of "
            "the weight",
            numbers={"share": mean, "weight": weight},
            since=since(steps, lambda step: _is(what, _share(step, name) or 0.0, limits)),
            rollouts=examples(window, "first"),
            advice=ADVICE[what],
        )
    elif (mean > EASED * limits.most and weight < limits.most) or (
        mean < limits.least / EASED and weight >= limits.weight
    ):
        yield holding(name)


def _is(what: str, share: float, limits: AdvantageShare) -> bool:
    return share > limits.most if what == "too much" else share < limits.least


def _share(step: StepStatistics, name: str) -> float | None:
    column = step.components.get(name)
    return None if column is None else column.share


def _varies(step: StepStatistics, name: str) -> bool:
    """Whether it is neither flat nor saturated: those are alarms of their own."""
    place, within = in_range(step, name), step.components[name].within
    return (place is None or place <= SATURATED) and (within is None or within > FLAT * width(step, name))


RULE = Rule("advantage_share", "the component", ADVICE, detect)
