"""A judge's verdicts on the same rollouts are not what they were: another model, another engine."""

from collections.abc import Iterator

from reward_server.alarms.alarm import Sign, holding
from reward_server.alarms.rates import SURELY
from reward_server.alarms.rounds import Round
from reward_server.alarms.rule import Rule
from reward_server.alarms.seen import Seen
from reward_server.reward.alarm_options import JudgeDrift

ADVICE = (
    "rewards before and after are not comparable: see whether the judge's model, its server or its settings "
    "were changed (`gavel judge probe`), put it back, or calibrate the new one (`gavel rubric calibrate`)"
)
LEAST = 5
"""Anchors that can be compared, at least."""


def detect(seen: Seen, limits: JudgeDrift) -> Iterator[Sign]:
    """See verdicts that differ from the first ones surely, and by `move`, more than at a retest."""
    for criterion, rounds in seen.of_kind("anchor").items():
        yield from _of(criterion, rounds[-limits.rounds :], limits)


def _of(criterion: str, rounds: list[Round], limits: JudgeDrift) -> Iterator[Sign]:
    last = rounds[-1]
    if len(rounds) < limits.rounds or min(each.asked for each in rounds) < LEAST:
        yield holding(criterion)
    elif all(each.excess > limits.move and each.excess > SURELY * each.error for each in rounds):
        yield Sign(
            subject=criterion,
            level="warning",
            seen=f"verdicts of {last.judge} on {last.asked} anchors moved by {last.found:.2f} on average "
            f"({last.retest:.2f} at the retest), {last.direction:+.2f} with their signs",
            numbers={"moved": last.found, "retest": last.retest, "limit": limits.move},
            since=rounds[0].step,
            rollouts=last.rollouts,
            advice=ADVICE,
        )
    elif last.excess > limits.move / 2:
        yield holding(criterion)


RULE = Rule("judge_drift", "the criterion", {"": ADVICE}, detect)
