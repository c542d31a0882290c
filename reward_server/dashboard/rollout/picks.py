"""Which rollouts of a run somebody should read who reads only a few."""

from collections.abc import Iterator, Sequence

import msgspec

from reward_server.alarms.alarm import Alarm
from reward_server.history.statistics import History

OF_EACH = 2
"""Rollouts for one alarm, and of one kind."""
MOST = 40
"""Rollouts in all."""


class Pick(msgspec.Struct, frozen=True):
    """One rollout, and what it is an example of."""

    number: int
    why: Sequence[str]


def picks(history: History, alarms: Sequence[Alarm]) -> list[Pick]:
    """A few rollouts for each alarm, those that go on first; then of each kind in the newest step."""
    found: dict[int, list[str]] = {}
    for number, why in (*_of_alarms(alarms), *_of_newest(history)):
        if number in found or len(found) < MOST:
            found.setdefault(number, []).append(why)
    return [Pick(number, why) for number, why in found.items()]


def _of_alarms(alarms: Sequence[Alarm]) -> Iterator[tuple[int, str]]:
    for alarm in sorted(alarms, key=lambda each: (not each.active, each.level != "critical")):
        why = f"{alarm.name} {alarm.subject}".rstrip()
        yield from ((number, why) for number in alarm.rollouts[:OF_EACH])


def _of_newest(history: History) -> Iterator[tuple[int, str]]:
    newest = next((step for step in reversed(history) if step.examples), None)
    if newest is not None:
        for kind, numbers in newest.examples.items():
            yield from ((number, f"{kind} in step {newest.step:,}") for number in numbers[:OF_EACH])
