"""Answers copy the prompt, or give candidates back in the order shown: the cheapest way to be often right."""

from collections.abc import Sequence

from reward_server.alarms.alarm import Sign
from reward_server.alarms.rates import rising
from reward_server.alarms.rule import Rule
from reward_server.alarms.seen import Seen
from reward_server.reward.alarm_options import IdentityCopies

ADVICE = (
    "read some: shuffle candidates for each rollout, pay nothing for the order that was shown "
    "(`condition: identity_zero` of `ranking`), or take the answer out of the prompt"
)


def detect(seen: Seen, limits: IdentityCopies) -> Sequence[Sign]:
    """See a share that is surely `rise` above that of the baseline, or surely above `most`."""
    return rising(
        seen,
        lambda step: step.copies,
        limits,
        "copied what the prompt shows, or the order shown",
        "copy",
        ADVICE,
        limits.most,
    )


RULE = Rule("identity_copies", "", {"": ADVICE}, detect)
