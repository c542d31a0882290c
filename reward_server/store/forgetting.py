"""Deletes what is oldest, in transactions small enough to fit between two writes."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from reward_server.store.database import transaction
from reward_server.store.schema import LAX

_PROMPTS = 64
"""Prompts that are deleted in one transaction."""


class Part(NamedTuple):
    """The oldest rollouts of one request, or all of them."""

    request: int
    run: int
    step: int
    first: int
    """The number of the first of its rollouts."""
    rollouts: int
    """How many of them."""
    whole: bool
    """Whether it has no others."""


def oldest(
    db: sqlite3.Connection, most: int, *, before: float | None = None, run: int | None = None
) -> list[Part]:
    """Up to `most` rollouts, by request: of all, or of a run; of those stored before a time."""
    parts: list[Part] = []
    for request, of, step, first, rollouts, at in _in_order(db, run):
        if before is not None and at >= before:
            if run is None:
                break  # numbers go up with time
            continue
        taken = min(most, rollouts)
        parts.append(Part(request, of, step, first, taken, taken == rollouts))
        most -= taken
        if most <= 0:
            break
    return parts


def _in_order(db: sqlite3.Connection, run: int | None) -> sqlite3.Cursor:
    query = "SELECT id, run, step, first, rollouts, at FROM requests"
    if run is None:
        return db.execute(f"{query} ORDER BY id")
    return db.execute(f"{query} WHERE run = ? ORDER BY step, id", (run,))


def forget(db: sqlite3.Connection, parts: Sequence[Part]) -> None:
    """Delete these rollouts. The statistics of their steps are final from now on."""
    with transaction(db):
        for part in parts:
            _forget(db, part)


def _forget(db: sqlite3.Connection, part: Part) -> None:
    still = db.execute(
        "SELECT 1 FROM requests WHERE id = ? AND first = ? AND rollouts >= ?",
        (part.request, part.first, part.rollouts),
    )
    if still.fetchone() is None:  # another process was quicker
        return
    numbers = part.first, part.first + part.rollouts - 1
    db.execute("DELETE FROM details WHERE rollout BETWEEN ? AND ?", numbers)
    db.execute("DELETE FROM rollouts WHERE id BETWEEN ? AND ?", numbers)
    if part.whole:
        db.execute("DELETE FROM requests WHERE id = ?", (part.request,))
    else:
        db.execute(
            "UPDATE requests SET first = first + ?, rollouts = rollouts - ? WHERE id = ?",
            (part.rollouts, part.rollouts, part.request),
        )
    db.execute(
        "UPDATE steps SET rollouts = rollouts - ?, pruned = pruned + ? WHERE run = ? AND step = ?",
        (part.rollouts, part.rollouts, part.run, part.step),
    )


def forget_prompts(db: sqlite3.Connection) -> bool:
    """Delete some of the prompts that are older than every rollout; whether there may be more."""
    found = (
        "SELECT id FROM prompts WHERE last < coalesce((SELECT min(id) FROM rollouts) - ?, last + 1) LIMIT ?"
    )
    if db.execute(found, (LAX, 1)).fetchone() is None:
        return False
    with transaction(db):
        deleted = db.execute(f"DELETE FROM prompts WHERE id IN ({found})", (LAX, _PROMPTS))  # noqa: S608
    return deleted.rowcount == _PROMPTS


def forget_unused_prompts(db: sqlite3.Connection) -> None:
    """Delete every prompt that no rollout has. Reads the whole file, so it is for commands."""
    newest = db.execute(
        "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'rollouts'"
    ).fetchone()[0]
    unused = db.execute(
        "SELECT id, ? FROM prompts WHERE last <= ? "
        "AND digest NOT IN (SELECT prompt FROM details WHERE prompt IS NOT NULL)",
        (newest, newest),
    ).fetchall()
    for start in range(0, len(unused), _PROMPTS):
        with transaction(db):
            db.executemany(
                "DELETE FROM prompts WHERE id = ? "
                "AND NOT EXISTS (SELECT 1 FROM details WHERE prompt = prompts.digest AND rollout > ?)",
                unused[start : start + _PROMPTS],
            )


def forget_run(db: sqlite3.Connection, run: int) -> None:
    """Delete what is kept of a run without rollouts: its name, the statistics of its steps, its alarms."""
    with transaction(db):
        if db.execute("SELECT 1 FROM requests WHERE run = ?", (run,)).fetchone() is None:
            for table, key in (("steps", "run"), ("alarms", "run"), ("probes", "run"), ("runs", "id")):
                db.execute(f"DELETE FROM {table} WHERE {key} = ?", (run,))  # noqa: S608 - of constants


def forget_empty(db: sqlite3.Connection, before: float) -> None:
    """Delete runs without rollouts that were last written to before a time, and rewards of no run."""
    query = (
        "SELECT id FROM runs WHERE updated < ? "
        "AND NOT EXISTS (SELECT 1 FROM requests WHERE requests.run = runs.id)"
    )
    for (run,) in db.execute(query, (before,)).fetchall():
        forget_run(db, run)
    with transaction(db):
        db.execute(
            "DELETE FROM rewards WHERE id NOT IN (SELECT reward FROM requests) "
            "AND id NOT IN (SELECT scorer FROM runs WHERE scorer IS NOT NULL)"
        )


def used_bytes(db: sqlite3.Connection) -> int:
    """Bytes of the file that hold something."""
    pages, free, size = (
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def free_pages(db: sqlite3.Connection) -> int:
    """Pages of the file that hold nothing."""
    return int(db.execute("PRAGMA freelist_count").fetchone()[0])


def give_back(db: sqlite3.Connection, pages: int) -> None:
    """Shorten the file by up to so many pages that hold nothing."""
    db.executescript(f"PRAGMA incremental_vacuum({pages})")  # a mere `execute` gives back one page
