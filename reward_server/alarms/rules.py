"""Every kind of alarm there is, in the order in which they are told."""

from collections.abc import Iterator, Sequence
from typing import Any

from reward_server.alarms.detectors import (
    advantage_share,
    component_flat,
    component_saturated,
    dead_groups,
    duplicates_rising,
    identity_copies,
    judge_drift,
    judge_false_positives,
    length_collapse,
    store_failing,
    think_answer_inconsistency,
    truncation_rising,
    unscored_fraction,
)
from reward_server.alarms.rule import Rule
from reward_server.reward.alarm_options import AlarmOptions
from rubrics.options import Options

HISTORY_RULES: Sequence[Rule[Any]] = (
    length_collapse.RULE,
    dead_groups.RULE,
    component_saturated.RULE,
    component_flat.RULE,
    advantage_share.RULE,
    unscored_fraction.RULE,
    think_answer_inconsistency.RULE,
    duplicates_rising.RULE,
    identity_copies.RULE,
    truncation_rising.RULE,
    judge_false_positives.RULE,
    judge_drift.RULE,
)
"""What is seen in a run's steps and in the probes of its judges."""
LIVE_RULES: Sequence[Rule[Any]] = (store_failing.RULE,)
"""What is seen while it happens only: a store that cannot be written holds no trace of it."""
RULES = (*HISTORY_RULES, *LIVE_RULES)


def limits(rules: Sequence[Rule[Any]], options: AlarmOptions) -> Iterator[tuple[Rule[Any], Options]]:
    """The rules that are not off, each with its limits."""
    for rule in rules:
        found = getattr(options, rule.name)
        if isinstance(found, Options):
            yield rule, found
