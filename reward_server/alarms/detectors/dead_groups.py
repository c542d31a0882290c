"""Groups whose rewards are all equal teach nothing: all right, all wrong, all equal, or without rewards."""

from collections.abc import Mapping, Sequence

from reward_server.alarms.alarm import Sign, holding
from reward_server.alarms.rates import pooled
from reward_server.alarms.rule import Rule
from reward_server.alarms.seen import EASED, Seen, examples, since, told_steps
from reward_server.history.statistics import StepStatistics
from reward_server.reward.alarm_options import DeadGroups

ADVICE: Mapping[str, str] = {
    "right": "the prompts are too easy by now: sample harder ones, leave solved ones out, or add a component "
    "that tells good answers from better ones",
    "wrong": "the prompts are too hard, or no answer can earn anything: read some of them, try more rollouts "
    "a group, easier prompts, or partial credit; see whether the ground truth and the format are right",
    "equal": "completions of a group are alike, or the reward cannot tell them apart: read some groups side "
    "by side, and see `duplicates_rising` and `component_flat`",
    "unscored": "rewards are missing: see `unscored_fraction` for the causes",
}
MOST_OF_THEM = 0.25
"""A kind that makes up this share of the dead groups is told of."""


def detect(seen: Seen, limits: DeadGroups) -> Sequence[Sign]:
    """See dead groups that are together surely more than `share` of all, told by kind."""
    window = seen.ending(limits.steps)
    found = pooled(window, _dead, _groups)
    if found.share is None or found.low is None:
        return [holding(kind) for kind in ADVICE]
    if found.share < EASED * limits.share:
        return []
    kinds = [kind for kind in ADVICE if _of_kind(window, kind) >= MOST_OF_THEM * found.found]
    if found.low <= limits.share:
        return [holding(kind) for kind in kinds]
    return [
        Sign(
            subject=kind,
            level="critical" if found.low > limits.critical else "warning",
            seen=f"{_of_kind(window, kind) / found.of:.0%} of {found.of} groups were dead, {_TOLD[kind]}, "
            f"over {told_steps(window)}; {found.share:.0%} with the other kinds",
            numbers={"share": _of_kind(window, kind) / found.of, "dead": found.share, "limit": limits.share},
            since=since(seen.lately, lambda step: _dead(step) > limits.share * step.groups),
            rollouts=examples(window, f"dead:{kind}"),
            advice=ADVICE[kind],
        )
        for kind in kinds
    ]


_TOLD = {
    "right": "all of their rewards the greatest",
    "wrong": "all of their rewards the least",
    "equal": "all of their rewards equal",
    "unscored": "with fewer than two rewards",
}


def _dead(step: StepStatistics) -> int:
    return step.dead.total


def _groups(step: StepStatistics) -> int:
    return step.groups


def _of_kind(window: Sequence[StepStatistics], kind: str) -> int:
    return sum(getattr(step.dead, kind) for step in window)


RULE = Rule("dead_groups", "`right`, `wrong`, `equal` or `unscored`", ADVICE, detect)
