"""Completions of a step become equal: one answer for many prompts, or no exploration any more."""

from collections.abc import Sequence

from reward_server.alarms.alarm import Sign
from reward_server.alarms.rates import rising
from reward_server.alarms.rule import Rule
from reward_server.alarms.seen import Seen
from reward_server.reward.alarm_options import Duplicates

ADVICE = (
    "read some: if one answer fits every prompt, see what it earns and why; otherwise raise the "
    "temperature, or the entropy or KL term"
)


def detect(seen: Seen, limits: Duplicates) -> Sequence[Sign]:
    """See a share that is surely `rise` above that of the baseline."""
    return rising(
        seen,
        lambda step: step.duplicates,
        limits,
        "were the same as another one of their step",
        "duplicate",
        ADVICE,
    )


RULE = Rule("duplicates_rising", "", {"": ADVICE}, detect)
