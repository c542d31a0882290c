"""Reasoning that ends on another answer than the one given: written for the reader, not for the answer."""

from collections.abc import Sequence

from reward_server.alarms.alarm import Sign
from reward_server.alarms.rates import rising
from reward_server.alarms.rule import Rule
from reward_server.alarms.seen import Seen
from reward_server.reward.alarm_options import Inconsistency

ADVICE = (
    "read some: if reasoning no longer leads to the answer, reward that it does (a rubric criterion on "
    "it), and trust no metric of the reasoning until then"
)


def detect(seen: Seen, limits: Inconsistency) -> Sequence[Sign]:
    """See a share that is surely `rise` above that of the baseline."""
    return rising(
        seen,
        lambda step: step.inconsistent,
        limits,
        "ended their reasoning on another answer than they gave",
        "inconsistent",
        ADVICE,
    )


RULE = Rule("think_answer_inconsistency", "", {"": ADVICE}, detect)
