"""A run's history out of a store: the statistics that are there, and those that have to be computed first."""

import contextlib
import sqlite3
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from reward_server.history.digest import digest
from reward_server.history.statistics import History, StepStatistics
from reward_server.history.step_rows import Scorer, StepRows
from reward_server.store.database import StoreError, open_to_write, transaction
from reward_server.store.reading import Store

_KEEP = (
    "UPDATE steps SET statistics = ? WHERE run = ? AND step = ? AND pruned = 0 AND rollouts = ? "
    "AND ? = (SELECT max(id) FROM rollouts WHERE run = steps.run AND step = steps.step)"
)
"""As many rollouts may be others: some of them were sent again."""


class Computed(NamedTuple):
    """The statistics of a step, and the newest of the rollouts that they are of."""

    statistics: StepStatistics
    newest: int


def history(store: Store, run: int) -> History:
    """Every step of a run. What had to be computed is kept in the file, if it can be written.

    Raises StoreError where the file cannot be read.
    """
    return _told(store, run, store.steps(run))


def some_steps(store: Store, run: int, steps: Collection[int]) -> History:
    """Some steps of a run, as `history` has them. Raises StoreError."""
    query = "SELECT step, rollouts, statistics FROM steps WHERE run = ? AND step = ?"
    return _told(store, run, [row for step in sorted(steps) for row in store.rows(query, run, step)])


def _told(store: Store, run: int, rows: Iterable[tuple[int, int, bytes | None]]) -> History:
    steps: list[StepStatistics] = []
    fresh: list[Computed] = []
    for step, _, known in rows:
        if known is not None:
            steps.append(_DECODER.decode(known))
        elif (computed := _computed(store, run, step)) is not None:
            steps.append(computed.statistics)
            fresh.append(computed)
    _keep(store.path, run, fresh)
    return steps


def compute(store: Store, run: int, step: int) -> StepStatistics | None:
    """The statistics of one step as it stands now; None where nothing of it is left. Raises StoreError."""
    computed = _computed(store, run, step)
    return None if computed is None else computed.statistics


def settle(store: Store, db: sqlite3.Connection, run: int, step: int) -> None:
    """Have a step's statistics kept in `db`, before rollouts of it are forgotten. Raises StoreError."""
    computed = _computed(store, run, step)
    if computed is not None:
        with transaction(db):
            db.execute(_KEEP, _kept(run, computed))


def _computed(store: Store, run: int, step: int) -> Computed | None:
    with store.snapshot():
        rows = store.step_rows(run, step)
        at = store.step_at(run, step)
        descriptions = store.descriptions(run, step)
    if not rows:
        return None
    scorers = {request: Scorer(*told) for request, told in descriptions.items()}
    return Computed(digest(step, at, StepRows(rows, scorers)), rows[-1].id)


_DECODER = msgspec.json.Decoder(StepStatistics)


def _kept(run: int, computed: Computed) -> tuple[object, ...]:
    told = computed.statistics
    return msgspec.json.encode(told), run, told.step, told.rollouts, computed.newest


def _keep(path: Path, run: int, computed: list[Computed]) -> None:
    """Keep what was computed, for steps that have the same rollouts still."""
    if not computed:
        return
    rows = [_kept(run, each) for each in computed]
    with contextlib.suppress(StoreError, sqlite3.Error):  # a file that is only read is read more slowly
        db = open_to_write(path)
        with contextlib.closing(db), transaction(db):
            db.executemany(_KEEP, rows)
