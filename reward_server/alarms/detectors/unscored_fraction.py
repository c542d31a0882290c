"""Rollouts without a reward: the judge is down, ground truth is missing, a grader hangs."""

from collections.abc import Sequence

from judges.attack.interval import Rate
from reward_server.advice import ADVICE as BY_CAUSE
from reward_server.alarms.alarm import Sign, holding
from reward_server.alarms.rates import pooled, rollouts
from reward_server.alarms.rule import Rule
from reward_server.alarms.seen import EASED, Seen, examples, since, told_steps
from reward_server.history.statistics import History, StepStatistics
from reward_server.reward.alarm_options import UnscoredFraction

ADVICE = {cause.value: text for cause, text in BY_CAUSE.items()}
ENOUGH = 32
"""Rollouts that are looked at, at least: two of eight may be chance."""
MOST_OF_THEM = 0.25
"""A cause that makes up this share of the unscored rollouts is told of."""


def detect(seen: Seen, limits: UnscoredFraction) -> Sequence[Sign]:
    """See surely more than `share` of rollouts unscored, in the last step or over the last few."""
    several = seen.ending(min(limits.steps, len(seen.steps)), rollouts, ENOUGH)
    windows = [seen.ending(1, rollouts, ENOUGH), several]
    found = [(window, pooled(window, _unscored)) for window in windows]
    bad = [(window, rate) for window, rate in found if rate.low is not None and rate.low > limits.share]
    if bad:
        window, rate = max(bad, key=lambda pair: pair[1].low or 0.0)
        return [_sign(cause, window, rate, seen, limits) for cause in _causes(window, rate.found)]
    _, rate = found[-1]
    if rate.share is None or rate.share < EASED * limits.share:
        return []
    return [holding(cause) for cause in _causes(several, rate.found)]


def _sign(cause: str, window: History, found: Rate, seen: Seen, limits: UnscoredFraction) -> Sign:
    count = sum(step.unscored.get(cause, 0) for step in window)
    return Sign(
        subject=cause,
        level="critical" if (found.low or 0.0) > limits.critical else "warning",
        seen=f"{count} of {found.of} rollouts ({count / found.of:.0%}) were unscored with this cause over "
        f"{told_steps(window)}; {found.share:.0%} with any",
        numbers={"share": count / found.of, "unscored": found.share or 0.0, "limit": limits.share},
        since=since(seen.lately, lambda step: _unscored(step) > limits.share * step.rollouts),
        rollouts=examples(window, f"unscored:{cause}"),
        advice=ADVICE.get(cause, ""),
    )


def _unscored(step: StepStatistics) -> int:
    return step.rollouts - step.scored


def _causes(window: History, unscored: int) -> list[str]:
    counts: dict[str, int] = {}
    for step in window:
        for cause, count in step.unscored.items():
            counts[cause] = counts.get(cause, 0) + count
    return [cause for cause, count in counts.items() if count >= MOST_OF_THEM * unscored]


RULE = Rule("unscored_fraction", "the [cause](failures.md#every-cause)", ADVICE, detect)
