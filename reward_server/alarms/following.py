"""One run of a store, followed as it grows: only what is new or has changed is looked at again."""

import sqlite3
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from typing import NamedTuple

from reward_server.alarms.alarm import Alarm
from reward_server.alarms.raising import Key, Raising
from reward_server.alarms.rounds import Round
from reward_server.alarms.seen import Seen
from reward_server.alarms.table import alarms_of, rounds_of, write_alarms
from reward_server.history.statistics import StepStatistics
from reward_server.history.steps import some_steps
from reward_server.reward.alarm_options import AlarmOptions
from reward_server.store.database import StoreError, open_to_write
from reward_server.store.reading import Store

REMEMBERED = 32
"""So many steps back, a step may change without the whole run being looked at again."""
MOST_STEPS, MOST_S = 100, 0.25
"""One look takes no more steps, and about so many seconds of a processor's time for their statistics."""
AT_ONCE = 4

_STEPS = (
    "SELECT step, rollouts + pruned, statistics IS NULL FROM steps "
    "WHERE run = ? AND (rollouts > 0 OR statistics IS NOT NULL) ORDER BY step"
)


class News(NamedTuple):
    """What is to be told of a run."""

    raised: list[Alarm]
    cleared: list[Alarm]


class Following:
    """The alarms of one run, up to its last step that is over."""

    def __init__(self, run: int, options: AlarmOptions) -> None:
        self._run = run
        self._options = options
        self._known: dict[int, tuple[int, StepStatistics]] = {}
        """How many rollouts a step had, and its statistics."""
        self._steps: list[StepStatistics] = []
        self._states: deque[tuple[int, Raising]] = deque(maxlen=REMEMBERED)
        """What was raised after so many steps, the latest last."""
        self._rounds: list[Round] = []
        self._last_round = 0
        self._told: Mapping[Key, Alarm] | None = None
        """What is known to be raised; None before the first look."""
        self._written: list[Alarm] = []
        self.behind = False
        """Whether there was more than one look takes."""

    @property
    def active(self) -> Iterable[Alarm]:
        """The alarms that go on."""
        return (self._told or {}).values()

    def look(self, store: Store, *, over: bool) -> News:
        """Take what is new; with `over`, the last step as well. Raises StoreError."""
        if self._told is None:
            self._written = alarms_of(store, self._run)
            self._told = {alarm.key: alarm for alarm in self._written if alarm.active}
        first = min(self._new_steps(store, over=over), self._new_rounds(store))
        raising = self._raised_from(first)
        self._keep(store, raising.alarms)
        return self._news(raising)

    def _new_steps(self, store: Store, *, over: bool) -> int:
        """Read what has changed; the place of the first step that has."""
        rows = store.rows(_STEPS, self._run)
        changed = {
            step: count
            for step, count, outdated in (rows if over else rows[:-1])
            if outdated or step not in self._known or self._known[step][0] != count
        }
        taken = self._read(store, changed)
        self.behind = len(taken) < len(changed)
        self._steps = [self._known[step][1] for step in sorted(self._known)]
        return self._place(min(taken, default=None))

    def _read(self, store: Store, changed: Mapping[int, int]) -> list[int]:
        """Read these steps, the first ones first, as far as one look goes; those that were read."""
        waiting = sorted(changed)[:MOST_STEPS]
        begun = time.thread_time()
        for start in range(0, len(waiting), AT_ONCE):
            for step in some_steps(store, self._run, waiting[start : start + AT_ONCE]):
                self._known[step.step] = changed[step.step], step
            if time.thread_time() - begun > MOST_S:
                return waiting[: start + AT_ONCE]
        return waiting

    def _new_rounds(self, store: Store) -> int:
        """Read the probes that were added; the place of the first step as of which they are seen."""
        new = rounds_of(store, self._run, after=self._last_round)
        if not new:
            return len(self._steps)
        self._last_round = new[-1][0]
        self._rounds += [each for _, each in new]
        return self._place(min(each.step for _, each in new))

    def _place(self, step: int | None) -> int:
        """The place of the first step with this number or a greater one."""
        if step is None:
            return len(self._steps)
        return bisect_left(self._steps, step, key=lambda known: known.step)

    def _raised_from(self, first: int) -> Raising:
        """What is raised after all steps, of which those before `first` are as they were."""
        while self._states and self._states[-1][0] > first:
            self._states.pop()
        taken, raising = self._states[-1] if self._states else (0, Raising(self._options))
        for number in range(taken + 1, len(self._steps) + 1):
            steps = self._steps[:number]
            rounds = [each for each in self._rounds if each.step <= steps[-1].step]
            raising = raising.copy()
            raising.take(Seen(steps, raising.baseline, rounds))
            self._states.append((number, raising))
        return raising

    def _news(self, raising: Raising) -> News:
        told, self._told = self._told or {}, dict(raising.active)
        over = {alarm.key: alarm for alarm in raising.alarms if not alarm.active}
        return News(
            [alarm for key, alarm in raising.active.items() if key not in told],
            [over.get(key, alarm) for key, alarm in told.items() if key not in raising.active],
        )

    def _keep(self, store: Store, alarms: list[Alarm]) -> None:
        """Have them in the file; where it cannot be written now, at the next look."""
        if not self._steps or alarms == self._written:
            return
        with suppress(StoreError, sqlite3.Error), closing(open_to_write(store.path)) as db:
            write_alarms(db, self._run, self._steps[0].step, alarms)
            self._written = alarms
