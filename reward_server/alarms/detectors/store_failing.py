"""Rollouts cannot be stored: the disk is full, or does not answer. Rewards go on."""

from collections.abc import Iterator

from reward_server.alarms.alarm import Sign
from reward_server.alarms.rule import Rule
from reward_server.alarms.seen import Seen
from reward_server.reward.alarm_options import StoreFailing

ADVICE = (
    "make room on the disk, lower --store-gb, or name another file with --store; what was answered "
    "meanwhile is not in the store, and no alarm sees it"
)


def detect(seen: Seen, _: StoreFailing) -> Iterator[Sign]:
    """See rollouts that could not be stored, until one can again."""
    if seen.lost:
        yield Sign(
            level="critical",
            seen=f"{seen.lost} rollouts could not be stored, or not in time",
            numbers={"lost": seen.lost},
            since=seen.steps[-1].step if seen.steps else 0,
            advice=ADVICE,
        )


RULE = Rule("store_failing", "", {"": ADVICE}, detect)
