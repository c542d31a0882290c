"""Reasoning collapses: 250 words become 50 while accuracy rises (arXiv 2512.20061, figure 1)."""

from collections.abc import Sequence
from statistics import median

from reward_server.alarms.alarm import Sign, holding
from reward_server.alarms.rule import Rule
from reward_server.alarms.seen import EASED, Seen, examples, last_of, since, told_steps
from reward_server.history.statistics import History
from reward_server.reward.alarm_options import LengthCollapse

ADVICE = (
    "read the shortest completions: if the reasoning is gone, reward it (`target_length`, a rubric on the "
    "reasoning) or gate what pays without it, and go back to a checkpoint from before"
)


def detect(seen: Seen, limits: LengthCollapse) -> Sequence[Sign]:
    """See medians below `factor` of the baseline's, or below `least_words` where that was above."""
    before = _medians(seen.beginning)
    now = _medians(last_of([step for step in seen.after if step.words is not None], limits.steps))
    if not before or not now:
        return [holding()]
    usual = median(before)
    least = limits.least_words if usual >= limits.least_words else 0.0
    limit = max(limits.factor * usual, least)
    if max(now) >= limit:
        return [] if min(now) >= limit / EASED else [holding()]
    steps = [step for step in seen.after if step.words is not None]
    return [
        Sign(
            level="critical" if max(now) < least else "warning",
            seen=f"a median of {now[-1]:g} words of reasoning, below {limit:g} over "
            f"{told_steps(steps[-limits.steps :])}; {usual:g} in the first {len(seen.beginning)}",
            numbers={"now": now[-1], "before": usual, "limit": limit},
            since=since(steps, lambda step: step.words is not None and step.words.p50 < limit),
            rollouts=examples(steps, "short"),
            advice=ADVICE,
        )
    ]


def _medians(steps: History) -> list[float]:
    return [step.words.p50 for step in steps if step.words is not None]


RULE = Rule("length_collapse", "", {"": ADVICE}, detect)
