"""A component is the same for all rollouts of a group: group standardisation has nothing to work with."""

from collections.abc import Iterator, Sequence
from math import fsum

from reward_server.alarms.alarm import Sign, holding
from reward_server.alarms.components import in_range, last_with, names, width
from reward_server.alarms.rule import Rule
from reward_server.alarms.seen import Seen, examples, since, told_steps
from reward_server.history.statistics import StepStatistics
from reward_server.reward.alarm_options import ComponentFlat

ADVICE = (
    "it changes no advantage: if its values differ between prompts only, the policy answers each prompt one "
    "way, so sample at a higher temperature or more rollouts a group; if it is constant, see whether the "
    "component does what it should"
)
SATURATED = 0.98
"""A mean above this part of the range is saturated, which is another alarm."""
EASED_BY = 2.0


def detect(seen: Seen, limits: ComponentFlat) -> Sequence[Sign]:
    """See a mean spread within groups below `spread` of the component's range."""
    return [sign for name in names(seen) for sign in _of(name, seen, limits)]


def _of(name: str, seen: Seen, limits: ComponentFlat) -> Iterator[Sign]:
    window = last_with(seen, name, limits.steps, limits.groups, _groups)
    place = in_range(window[-1], name) if window else None
    if not window or place is None or place > SATURATED:
        yield holding(name)
        return
    spread = _spread(window, name)
    if spread <= limits.spread:
        mean = window[-1].components[name].mean
        yield Sign(
            subject=name,
            level="warning",
            seen=f"within groups it varies by {spread:.2%} of its range over {told_steps(window)}, "
            f"with a mean of {mean:.3g}",
            numbers={"spread": spread, "limit": limits.spread},
            since=since(seen.lately, lambda step: name in step.components and _is_flat(step, name, limits)),
            rollouts=examples(window, "first"),
            advice=ADVICE,
        )
    elif spread <= EASED_BY * limits.spread:
        yield holding(name)


def _groups(step: StepStatistics) -> int:
    return step.groups


def _spread(window: Sequence[StepStatistics], name: str) -> float:
    """The mean over groups, as a part of the component's range."""
    sums = [(step.components[name].within or 0.0) * step.groups for step in window]
    groups = sum(step.groups for step in window)
    return fsum(sums) / groups / width(window[-1], name) if groups else 0.0


def _is_flat(step: StepStatistics, name: str, limits: ComponentFlat) -> bool:
    within = step.components[name].within
    return within is not None and within <= limits.spread * width(step, name)


RULE = Rule("component_flat", "the component", {"": ADVICE}, detect)
