"""From signs to alarms: raised when something is bad enough, over when it is fine again."""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from msgspec.structs import replace

from reward_server.alarms.alarm import Alarm, Level, Sign
from reward_server.alarms.rounds import Round
from reward_server.alarms.rule import Rule
from reward_server.alarms.rules import HISTORY_RULES, limits
from reward_server.alarms.seen import Seen
from reward_server.history.statistics import History
from reward_server.reward.alarm_options import AlarmOptions

Key = tuple[str, str]
"""An alarm's name and its subject."""


class Raising:
    """The alarms of one run, as its steps are taken one after the other."""

    def __init__(self, options: AlarmOptions, rules: Sequence[Rule[Any]] = HISTORY_RULES) -> None:
        self.baseline = options.baseline
        self._rules = list(limits(rules, options))
        self._active: dict[Key, Alarm] = {}
        self._over: list[Alarm] = []

    def copy(self) -> "Raising":
        """The same, to be taken on by itself."""
        other = copy(self)
        other._active, other._over = dict(self._active), list(self._over)  # noqa: SLF001 - of this class
        return other

    @property
    def active(self) -> Mapping[Key, Alarm]:
        """The alarms that go on."""
        return self._active

    @property
    def alarms(self) -> list[Alarm]:
        """Every alarm there was, in the order in which they were raised."""
        return sorted([*self._over, *self._active.values()], key=lambda alarm: alarm.raised)

    def take(self, seen: Seen) -> None:
        """Look at one more step, the last of `seen`."""
        step = seen.last.step if seen.steps else 0
        signs = {
            (rule.name, sign.subject): sign
            for rule, found in self._rules
            for sign in rule.detect(seen, found)
        }
        for key in [key for key in self._active if not _holds(signs, key)]:
            self._over.append(replace(self._active.pop(key), until=step))
        for key, sign in signs.items():
            if sign.level is not None:
                self._active[key] = _alarm(key, sign, sign.level, step, self._active.get(key))


def _alarm(key: Key, sign: Sign, level: Level, step: int, before: Alarm | None) -> Alarm:
    """The alarm for a sign; with what is known of it from before, where it was raised already."""
    if before is not None and (before.level, level) == ("critical", "warning"):
        return replace(before, last=step)  # what was seen at its worst tells more
    return Alarm(
        name=key[0],
        subject=sign.subject,
        level=level,
        seen=sign.seen,
        numbers=sign.numbers,
        advice=sign.advice,
        since=sign.since if before is None else before.since,
        raised=step if before is None else before.raised,
        last=step,
        rollouts=sign.rollouts or (() if before is None else before.rollouts),
    )


def _holds(signs: dict[Key, Sign], key: Key) -> bool:
    """Whether an alarm goes on. A detector that can tell nothing at all says so without a subject."""
    untold = signs.get((key[0], ""))
    return key in signs or (untold is not None and untold.level is None)


def raised(history: History, options: AlarmOptions, rounds: Sequence[Round] = ()) -> list[Alarm]:
    """The alarms of a whole run, as they would have been raised step by step."""
    raising = Raising(options)
    for number, step in enumerate(history, start=1):
        past = [each for each in rounds if each.step <= step.step]
        raising.take(Seen(history[:number], raising.baseline, past))
    return raising.alarms
