"""All runs that a server scores, looked at together. Blocks; for one thread."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from reward_server.alarms.alarm import Alarm
from reward_server.alarms.following import Following
from reward_server.alarms.telling import About
from reward_server.reward.alarm_options import AlarmOptions
from reward_server.store.database import file_number
from reward_server.store.reading import Store

QUIET_S = 10.0
"""A run's last step is over when the next one has begun, or when nothing of it came for so long."""

_RUNS = "SELECT id, name, reward, updated FROM runs WHERE updated >= ? ORDER BY id"


class Looked(NamedTuple):
    """What is to be told, and all that goes on."""

    raised: list[tuple[About, Alarm]]
    cleared: list[tuple[About, Alarm]]
    active: list[tuple[About, Alarm]]
    took_s: float = 0.0
    """Of a processor's time."""
    behind: bool = False
    """Whether there is more to look at."""


class Looking:
    """Follows the runs of these reward functions that were written to since a time."""

    def __init__(self, path: Path, options: Mapping[str, AlarmOptions], since: float | None = None) -> None:
        """`options` by the name of the reward function; `since` in seconds since 1970, now by default."""
        self._path = path
        self._options = options
        self._since = time.time() if since is None else since
        self._store: Store | None = None
        self._file: int | None = None
        self._runs: dict[tuple[int, str, str], _Run] = {}

    def look(self, *, over: bool = False) -> Looked:
        """Look at every run that has changed; with `over`, no more comes. Raises StoreError."""
        store = self._opened()
        begun, now = time.thread_time(), time.time()
        looked = Looked([], [], [])
        behind = False
        for number, name, reward, updated in store.rows(_RUNS, self._since):
            if reward in self._options:
                run = self._runs.setdefault(
                    (number, name, reward), _Run(Following(number, self._options[reward]))
                )
                quiet = over or now - updated > QUIET_S
                behind |= run.look(store, About(reward, name), updated, quiet, looked)
        return looked._replace(took_s=time.thread_time() - begun, behind=behind)

    def _opened(self) -> Store:
        """The file that is there now: one that was removed would be read forever. Raises StoreError."""
        if self._store is not None and file_number(self._path) != self._file:
            self.close()
            self._runs.clear()
        if self._store is None:
            self._file = file_number(self._path)
            self._store = Store(self._path)
        return self._store

    def close(self) -> None:
        """Close the file."""
        if self._store is not None:
            self._store.close()
            self._store = None


class _Run:
    """A run, and what was known of it at the last look."""

    def __init__(self, following: Following) -> None:
        self._following = following
        self._seen: tuple[float, bool] | None = None

    def look(self, store: Store, about: About, updated: float, over: bool, looked: Looked) -> bool:
        """Add to what was looked at; whether there is more."""
        if self._seen != (updated, over) or over or self._following.behind:
            news = self._following.look(store, over=over)
            looked.raised.extend((about, alarm) for alarm in news.raised)
            looked.cleared.extend((about, alarm) for alarm in news.cleared)
            self._seen = updated, over
        looked.active.extend((about, alarm) for alarm in self._following.active)
        return self._following.behind
