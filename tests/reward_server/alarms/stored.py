"""A rollout store with a run whose steps are made by hand."""

import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import msgspec

from reward_server.history.statistics import StepStatistics
from reward_server.store.database import open_to_write, transaction


def make_run(path: Path, name: str = "run", reward: str = "made") -> int:
    """Add a run; its number."""
    with closing(open_to_write(path)) as db, transaction(db):
        db.execute(
            "INSERT INTO runs (name, reward, started, updated, rollouts, steps_sent) "
            "VALUES (?, ?, 0, ?, 0, 1)",
            (name, reward, time.time()),
        )
        return int(db.execute("SELECT max(id) FROM runs").fetchone()[0])


def put(path: Path, run: int, made: Iterable[StepStatistics]) -> None:
    """Have these be steps of a run, in the place of those of the same number."""
    with closing(open_to_write(path)) as db, transaction(db):
        for step in made:
            _put(db, run, step)
        db.execute("UPDATE runs SET updated = ? WHERE id = ?", (time.time(), run))


def _put(db: sqlite3.Connection, run: int, step: StepStatistics) -> None:
    db.execute(
        "INSERT OR REPLACE INTO steps (run, step, rollouts, statistics) VALUES (?, ?, ?, ?)",
        (run, step.step, step.rollouts, msgspec.json.encode(step)),
    )
