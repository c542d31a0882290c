"""A run's history out of a store: the statistics that are there, and those that have to be computed first."""

import sqlite3
from pathlib import Path

import msgspec

from reward_server.history.digest import digest
from reward_server.history.statistics import History, StepStatistics
from reward_server.history.step_rows import Scorer, StepRows
from reward_server.store.database import open_to_write, transaction
from reward_server.store.reading import Store

_KEEP = "UPDATE steps SET statistics = ? WHERE run = ? AND step = ? AND rollouts = ?"


def history(store: Store, run: int) -> History:
    """Every step of a run. What had to be computed is kept in the file, if it can be written.

    Raises StoreError where the file cannot be read.
    """
    steps: list[StepStatistics] = []
    fresh: list[StepStatistics] = []
    for step, _, known in store.steps(run):
        if known is not None:
            steps.append(_DECODER.decode(known))
        elif (computed := compute(store, run, step)) is not None:
            steps.append(computed)
            fresh.append(computed)
    _keep(store.path, run, fresh)
    return steps


def compute(store: Store, run: int, step: int) -> StepStatistics | None:
    """The statistics of one step as it stands now; None where nothing of it is left."""
    rows = store.step_rows(run, step)
    if not rows:
        return None
    scorers = {request: Scorer(*told) for request, told in store.descriptions(run, step).items()}
    return digest(step, store.step_at(run, step), StepRows(rows, scorers))


_DECODER = msgspec.json.Decoder(StepStatistics)


def _keep(path: Path, run: int, computed: list[StepStatistics]) -> None:
    """Keep what was computed, for steps that have as many rollouts still."""
    if not computed:
        return
    rows = [(msgspec.json.encode(each), run, each.step, each.rollouts) for each in computed]
    try:
        db = open_to_write(path)
    except Exception:  # noqa: BLE001 - a file that is only read is read more slowly
        return
    try:
        with transaction(db):
            db.executemany(_KEEP, rows)
    except sqlite3.Error:
        return
    finally:
        db.close()
