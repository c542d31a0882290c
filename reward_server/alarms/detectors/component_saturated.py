"""A component is at its greatest value almost everywhere: it pays for nothing that is not done already."""

from collections.abc import Iterator, Sequence
from math import fsum

from judges.attack.interval import rate
from reward_server.alarms.alarm import Sign, holding
from reward_server.alarms.components import MANY, in_range, last_with, names
from reward_server.alarms.rule import Rule
from reward_server.alarms.seen import Seen, examples, since, told_steps
from reward_server.history.statistics import StepStatistics
from reward_server.reward.alarm_options import ComponentSaturated

ADVICE = (
    "nothing is left to learn from it: lower its weight in favour of what still varies, sharpen it, or keep "
    "it as a gate; if it should not be this easy, read some completions that earn it"
)
EASED_BY = 2.0
"""It is over where so many times as much is missing as the limit allows; so much must not be possible either
for it to be raised."""


def detect(seen: Seen, limits: ComponentSaturated) -> Sequence[Sign]:
    """See a mean surely near the greatest value over the last steps."""
    return [sign for name in names(seen) for sign in _of(name, seen, limits)]


def _of(name: str, seen: Seen, limits: ComponentSaturated) -> Iterator[Sign]:
    window = last_with(seen, name, limits.steps, MANY)
    if not window:
        yield holding(name)
        return
    scored = sum(step.components[name].scored for step in window)
    place = fsum(_place(step, name) * step.components[name].scored for step in window) / scored
    over = 1 - EASED_BY * (1 - limits.share)
    if place > limits.share and (rate(round(place * scored), scored).low or 0.0) > over:
        yield Sign(
            subject=name,
            level="warning",
            seen=f"{place:.1%} of the way from its least to its greatest value over {told_steps(window)}",
            numbers={"share": place, "limit": limits.share},
            since=since(seen.lately, lambda step: name in step.components and _place(step, name) > over),
            rollouts=examples(window, "first"),
            advice=ADVICE,
        )
    elif place > over:
        yield holding(name)


def _place(step: StepStatistics, name: str) -> float:
    found = in_range(step, name)
    return 0.0 if found is None else found


RULE = Rule("component_saturated", "the component", {"": ADVICE}, detect)
