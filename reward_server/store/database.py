"""Opening the file of a rollout store, and what can be wrong with it."""

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reward_server.store.schema import OURS, SCHEMA, VERSION

_BUSY_S = 10.0
"""How long one writer waits for another."""


_LOG_PAGES = 40_000
"""The log goes into the file at the latest when it has so many pages, 160 MB; `Writer.settle` is earlier."""
_LOG_BYTES = 64 * 2**20
"""A log that had to grow is cut to this."""
_CACHE_KB = 64 * 1024


class StoreError(Exception):
    """The store cannot be read or written just now. Names the file, never what was to be stored."""


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open a file for writing, making it where there is none. Raises StoreError."""
    with _told(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            path.touch(mode=0o600, exist_ok=False)
        _refuse_what_is_no_file(path)
        db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        with _closed_on_failure(db):
            if _is_empty(db):
                path.chmod(0o600)  # before there is a log, which has the file's mode
            else:
                _refuse_others(db, path)  # before anything of it is changed
            _prepare(db)
            _create(db)
            _refuse_others(db, path)
    return db


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open a file that is there for reading. Raises StoreError."""
    if not path.exists():
        raise StoreError(f"there is no rollout store at {path}")
    with _told(path):
        _refuse_what_is_no_file(path)
        db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", _BUSY_S, uri=True, check_same_thread=False
        )
        with _closed_on_failure(db):
            db.execute(f"PRAGMA cache_size = -{_CACHE_KB}")  # mapped, a bad sector would be a SIGBUS
            _refuse_others(db, path)
    return db


def file_number(path: Path) -> int | None:
    """What tells a file that is open from others that its path may come to name; None where there is none."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All that is written in the body, or nothing of it."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # some failures have rolled back already
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise StoreError(f"the rollout store {path} cannot be opened: {why}") from error


@contextmanager
def _closed_on_failure(db: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        db.close()
        raise


def _prepare(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # of a new file, before there is anything in it
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")  # survives kill -9; a power cut may cost the last commits
    db.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    db.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")


def _create(db: sqlite3.Connection) -> None:
    if not _is_empty(db):
        return
    with transaction(db):
        if _is_empty(db):  # nobody was quicker
            for statement in SCHEMA:
                db.execute(statement)


def _is_empty(db: sqlite3.Connection) -> bool:
    return not db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]


def _refuse_what_is_no_file(path: Path) -> None:
    """Raise StoreError for a device, whose mode is not ours to change, or a pipe, which is waited for."""
    if path.exists() and not path.is_file():
        raise StoreError(f"the rollout store {path} cannot be opened: it is not a file")


def _refuse_others(db: sqlite3.Connection, path: Path) -> None:
    found = tuple(db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
    if found != (OURS, VERSION):
        raise StoreError(f"{path} is not a rollout store of this version, so it is left as it is")
