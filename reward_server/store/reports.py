"""Reports of load tests and calibrations, kept beside the rollouts for the dashboard."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Literal

import msgspec

from reward_server.store.database import StoreError, open_to_write, transaction
from reward_server.store.reading import Store

Kind = Literal["loadtest", "calibration"]


class SavedReport(msgspec.Struct, frozen=True):
    """A report that is kept."""

    number: int
    kind: Kind
    title: str
    at: float
    """When it was kept, in seconds since 1970."""


def keep_report(path: Path, kind: Kind, title: str, content: bytes, page: str) -> int:
    """Keep a report as JSON and as a page; its number. Raises StoreError."""
    insert = "INSERT INTO reports (kind, title, at, content, page) VALUES (?, ?, ?, ?, ?)"
    with closing(open_to_write(path)) as db:
        try:
            with transaction(db):
                kept = db.execute(
                    insert, (kind, title, time.time(), content, page.encode("utf-8", "replace"))
                )
        except sqlite3.Error as error:
            raise StoreError(f"the rollout store {path} cannot be written: {error}") from error
    assert kept.lastrowid is not None
    return kept.lastrowid


def reports(store: Store) -> list[SavedReport]:
    """All that are kept, the newest first."""
    rows = store.rows("SELECT id, kind, title, at FROM reports ORDER BY id DESC")
    return [SavedReport(*row) for row in rows]


def report(store: Store, number: int) -> tuple[SavedReport, msgspec.Raw]:
    """One report and its JSON. Raises StoreError."""
    row = _only(store, "SELECT id, kind, title, at, content FROM reports WHERE id = ?", number)
    return SavedReport(*row[:4]), msgspec.Raw(row[4])


def report_page(store: Store, number: int) -> bytes:
    """One report as the page it was kept as: one file that fetches nothing. Raises StoreError."""
    page = _only(store, "SELECT page FROM reports WHERE id = ?", number)[0]
    return bytes(page)


def _only(store: Store, query: str, number: int) -> tuple:  # type: ignore[type-arg]
    found = store.rows(query, number)
    if not found:
        raise StoreError(f"there is no report {number} in {store.path}")
    return found[0]
