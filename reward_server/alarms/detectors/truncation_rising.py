"""Completions stop at the length limit: their end is not judged, and the limit is what is learnt."""

from collections.abc import Sequence

from reward_server.alarms.alarm import Sign
from reward_server.alarms.rates import rising
from reward_server.alarms.rule import Rule
from reward_server.alarms.seen import Seen
from reward_server.reward.alarm_options import Truncation

ADVICE = (
    "raise the trainer's limit on completion length, or pay less for length (`overlong`); whether cut "
    "completions should count at all is the trainer's setting"
)


def detect(seen: Seen, limits: Truncation) -> Sequence[Sign]:
    """See a share that is surely `rise` above that of the baseline, or surely above `most`."""
    return rising(
        seen,
        lambda step: step.truncated,
        limits,
        "stopped at the length limit",
        "truncated",
        ADVICE,
        limits.most,
    )


RULE = Rule("truncation_rising", "", {"": ADVICE}, detect)
