"""Forgets what is old: rollouts by age and by size; what is left of their runs much later.

Before the first rollout of a step goes, the step's statistics are computed and kept: curves outlive texts.
"""

import contextlib
import math
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from reward_server.history.steps import settle
from reward_server.store.database import StoreError, open_to_write
from reward_server.store.forgetting import (
    Part,
    forget,
    forget_empty,
    forget_prompts,
    forget_run,
    forget_unused_prompts,
    free_pages,
    give_back,
    oldest,
    used_bytes,
)
from reward_server.store.options import StoreOptions
from reward_server.store.reading import Store

AT_ONCE = 256
"""Rollouts that are forgotten between two writes."""
TOGETHER = 2_048
"""The same for a command, which waits between them for as long as each took."""
CURVES = 10
"""A run's statistics are kept for so many times the age of rollouts."""
_DAY_S = 86_400.0
_HOUR_S = 3_600.0
_GB = 10**9
_SIZE_OF_PAGES = 4_096
_PAGES = 1_000
"""Of the file, that are given back at once."""
_LEAST_WAIT_S = 0.02


class Retention:
    """Keeps a file within its bounds, a little at a time, through the connection that writes it."""

    def __init__(self, options: StoreOptions, clock: Callable[[], float] = time.time) -> None:
        self._path = options.path
        self._age_s = options.max_age_days * _DAY_S
        self._most_bytes = options.max_gb * _GB
        self._clock = clock
        self._next_look = -math.inf

    def step(self, db: sqlite3.Connection, most: int = AT_ONCE) -> bool:
        """Forget up to `most` rollouts, or some of what only they needed; whether there may be more to do.

        Raises StoreError and sqlite3.Error.
        """
        parts = self._due(db, most)
        if parts:
            _forget(self._path, db, parts)
            return True
        return forget_prompts(db) or self._shorten(db) or self._look_over(db)

    def _shorten(self, db: sqlite3.Connection) -> bool:
        """Give back some of a file that holds little any more; pages that are few are written to again."""
        mostly_empty = free_pages(db) * _SIZE_OF_PAGES > used_bytes(db)
        if mostly_empty:
            give_back(db, AT_ONCE)
        return mostly_empty

    def _look_over(self, db: sqlite3.Connection) -> bool:
        """Forget what is left of runs, once in a while."""
        if self._clock() >= self._next_look:
            self._next_look = self._clock() + _HOUR_S
            forget_empty(db, self._clock() - CURVES * self._age_s)
        return False

    def _due(self, db: sqlite3.Connection, most: int) -> Sequence[Part]:
        if used_bytes(db) > self._most_bytes:
            return oldest(db, most)
        return oldest(db, most, before=self._clock() - self._age_s)


def prune(
    path: Path, *, run: int | None = None, older_than_s: float | None = None, keep_gb: float | None = None
) -> int:
    """Forget rollouts now, and give their space back. Returns how many. Raises StoreError.

    Of a run, or of all; those stored longer ago than `older_than_s`; the oldest, until the file has no more
    than `keep_gb`. A run that is named, and nothing else, is forgotten with its statistics and alarms.
    """
    with _opened(path) as db:
        forgotten = 0
        before = None if older_than_s is None else time.time() - older_than_s
        whole_run = run is not None and before is None and keep_gb is None
        while run is not None or before is not None or keep_gb is not None:
            if keep_gb is not None and used_bytes(db) <= keep_gb * _GB:
                break
            started = time.monotonic()
            parts = oldest(db, TOGETHER, before=before, run=run)
            if not parts:
                break
            _forget(path, db, parts, settled=not whole_run)
            forgotten += sum(part.rollouts for part in parts)
            _let_others(started)
        if run is not None and whole_run:
            forget_run(db, run)
        _give_back(db)
    return forgotten


def _forget(path: Path, db: sqlite3.Connection, parts: Sequence[Part], *, settled: bool = True) -> None:
    if settled:
        _settle(path, db, parts)
    forget(db, parts)


def _settle(path: Path, db: sqlite3.Connection, parts: Sequence[Part]) -> None:
    """Have the statistics of each of these steps kept while all of its rollouts are there."""
    query = "SELECT 1 FROM steps WHERE run = ? AND step = ? AND statistics IS NULL AND pruned = 0"
    steps = sorted({(part.run, part.step) for part in parts})
    unknown = [step for step in steps if db.execute(query, step).fetchone() is not None]
    if unknown:
        with contextlib.closing(Store(path)) as store:
            for run, step in unknown:
                settle(store, db, run, step)


def _give_back(db: sqlite3.Connection) -> None:
    forget_unused_prompts(db)
    forget_empty(db, 0.0)
    while free_pages(db):
        started = time.monotonic()
        give_back(db, _PAGES)
        _let_others(started)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _let_others(started: float) -> None:
    """A server that wants to write polls for the file; without a pause it would hardly get it."""
    time.sleep(max(time.monotonic() - started, _LEAST_WAIT_S))


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.exists():
        raise StoreError(f"there is no rollout store at {path}")
    try:
        with contextlib.closing(open_to_write(path)) as db:
            yield db
    except sqlite3.Error as error:
        raise StoreError(f"the rollout store {path} cannot be written: {error}") from error
