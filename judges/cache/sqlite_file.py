"""The SQLite file of a verdict cache. Blocks, and belongs to one thread.

Entries live in two tables, called generations. New ones go into the younger; when it holds half of the
allowed size, or its time is over, the older is emptied and becomes the younger. So the older half is
forgotten at once, without an index by age and without touching rows one by one.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from judges.cache.breaker import StoreError
from judges.cache.entry import LONGEST

_OURS, _VERSION = 0x6776_6C31, 1
_OPEN_S, _BUSY_S = 1.0, 0.1
_SIZES = (8, 64, 256)
"""Names in one query; a query of a known size need not be compiled again."""
_TRANSACTION_ROWS = 1024
_SLACK_PAGES = 4096
"""Room for a transaction beyond the allowed size; the next one sets it right."""
_WORDS = 100

_TABLE = "CREATE TABLE verdicts_%d (name BLOB PRIMARY KEY, entry BLOB NOT NULL, stored INTEGER NOT NULL)"
_SCHEMA = (
    f"{_TABLE % 0} WITHOUT ROWID",
    f"{_TABLE % 1} WITHOUT ROWID",
    "CREATE TABLE generation (number INTEGER NOT NULL, since INTEGER NOT NULL, pages INTEGER NOT NULL)",
    f"PRAGMA application_id = {_OURS}",
    f"PRAGMA user_version = {_VERSION}",
)


class SqliteFile:
    """Entries by name, in a file that several processes may share. Opened when first used.

    Every failure is a StoreError, after which the file is opened anew. A file that is no verdict cache is
    left as it is.
    """

    def __init__(
        self, path: Path, max_bytes: int, max_age_s: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._max_age_s = int(max_age_s)
        self._clock = clock
        self._db: sqlite3.Connection | None = None

    def read(self, names: Sequence[bytes]) -> dict[bytes, bytes]:
        """The entries that are there and not too old."""
        found: dict[bytes, bytes] = {}
        now = int(self._clock())
        with self._opened() as db:
            for chunk in _chunks(names):
                bounds = (now - self._max_age_s, now + self._max_age_s, LONGEST)
                found.update(db.execute(_select(len(chunk)), (*bounds, *chunk)).fetchall())
        return found

    def write(self, entries: Mapping[bytes, bytes]) -> None:
        """Store these, in place of older ones, and forget the older generation when it is time."""
        rows = sorted(entries.items())  # neighbours share pages
        with self._opened() as db:
            for start in range(0, len(rows), _TRANSACTION_ROWS):
                with _transaction(db):
                    self._insert(db, rows[start : start + _TRANSACTION_ROWS])

    def close(self) -> None:
        """Close the file. Using it again opens it again."""
        db, self._db = self._db, None
        if db is not None:
            with contextlib.suppress(sqlite3.Error):
                db.close()

    def _insert(self, db: sqlite3.Connection, rows: Sequence[tuple[bytes, bytes]]) -> None:
        now = int(self._clock())
        number, since, pages = db.execute("SELECT number, since, pages FROM generation").fetchone()
        stored = [(name, entry, now) for name, entry in rows]
        insert = f"INSERT OR REPLACE INTO verdicts_{int(number) % 2} VALUES (?, ?, ?)"  # noqa: S608
        db.executemany(insert, stored)
        if self._full(db, pages) or now - since >= self._max_age_s:
            _turn_over(db, number + 1, now)

    def _full(self, db: sqlite3.Connection, pages_before: int) -> bool:
        return (_pages(db) - pages_before) * _number(db, "PRAGMA page_size") > self._max_bytes / 2

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            if self._db is None:
                self._db = self._open()
            yield self._db
        except Exception as error:  # a damaged file may hold values of any type
            self.close()
            raise StoreError(f"{_words(error)}: {self._path}") from error

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        db = sqlite3.connect(self._path, timeout=_OPEN_S, isolation_level=None)
        try:
            self._prepare(db)
        except BaseException:
            db.close()
            raise
        return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        if _empty(db):
            _create(db, int(self._clock()))
        if (_number(db, "PRAGMA application_id"), _number(db, "PRAGMA user_version")) != (_OURS, _VERSION):
            raise StoreError("not a verdict cache of this version, so it is left as it is")
        most = int(1.25 * self._max_bytes / _number(db, "PRAGMA page_size")) + _SLACK_PAGES
        db.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost the last verdicts, not the file
        db.execute("PRAGMA cell_size_check = ON")
        db.execute(f"PRAGMA max_page_count = {most}")
        db.execute(f"PRAGMA busy_timeout = {int(_BUSY_S * 1000)}")


def _words(error: Exception) -> str:
    if isinstance(error, StoreError):
        return str(error)
    return f"{type(error).__name__} {str(error)[:_WORDS]!a}"


def _create(db: sqlite3.Connection, now: int) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    with _transaction(db):
        if _empty(db):  # another process may have been quicker
            for statement in _SCHEMA:
                db.execute(statement)
            db.execute("INSERT INTO generation VALUES (0, ?, 0)", (now,))


def _empty(db: sqlite3.Connection) -> bool:
    tables = _number(db, "SELECT count(*) FROM sqlite_master")
    return tables == 0 and _number(db, "PRAGMA application_id") == 0


def _turn_over(db: sqlite3.Connection, number: int, now: int) -> None:
    db.execute(f"DELETE FROM verdicts_{number % 2}")  # noqa: S608 - 0 or 1
    db.execute("UPDATE generation SET number = ?, since = ?, pages = ?", (number, now, _pages(db)))


def _pages(db: sqlite3.Connection) -> int:
    return _number(db, "PRAGMA page_count") - _number(db, "PRAGMA freelist_count")


def _number(db: sqlite3.Connection, query: str) -> int:
    return int(db.execute(query).fetchone()[0])


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Commit at the end. What fails is undone when the connection is closed."""
    db.execute("BEGIN IMMEDIATE")
    yield
    db.execute("COMMIT")


def _chunks(names: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """The names in queries' sizes; the last is filled up with repetitions, which change nothing."""
    most = _SIZES[-1]
    for start in range(0, len(names), most):
        chunk = names[start : start + most]
        size = next(size for size in _SIZES if size >= len(chunk))
        yield [*chunk, *[chunk[-1]] * (size - len(chunk))]


@cache
def _select(names: int) -> str:
    """Name and entry of each row, the youngest last."""
    listed = ",".join(f"?{number}" for number in range(4, names + 4))
    entry = "length(entry) <= ?3 AND typeof(entry) = 'blob'"
    where = f"name IN ({listed}) AND stored BETWEEN ?1 AND ?2 AND {entry}"
    tables = " UNION ALL ".join(
        f"SELECT name, entry, stored FROM verdicts_{parity} WHERE {where}"  # noqa: S608 - numbers only
        for parity in (0, 1)
    )
    return f"SELECT name, entry FROM ({tables} ORDER BY stored)"  # noqa: S608
