"""Writes scored requests into the file: each in whole or not at all. Blocks, and belongs to one thread."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from reward_server.store.database import StoreError, file_number, open_to_write, transaction
from reward_server.store.encoding import Encoded, encoded
from reward_server.store.entry import Entry
from reward_server.store.keeping import Keeping
from reward_server.store.schema import LAX, VALUES
from reward_server.wire.egress import encode

WINDOW = 512
"""Rollouts of one step where the trainer sends none."""
AGAIN_S = 600.0
"""A request with the identity of one that came no longer ago takes its place: it was sent again."""
_LOCKED_MS = 120_000
"""So long it waits for somebody who has locked the file; rewards do not (`Recorder`)."""
OVERHEAD = 600
"""Bytes of a rollout beside its content, about."""

_VALUES = ", ".join(f"v{place}" for place in range(VALUES))
_PLACES = ", ".join("?" * (15 + VALUES))
_NARROW = f"""INSERT INTO rollouts (
    id, run, step, request, name, group_name, reward, cause, words, tokens, marks, same, disagreement,
    verdicts, judging, {_VALUES}) VALUES ({_PLACES})"""  # noqa: S608 - of constants
_WIDE = "INSERT INTO details (rollout, prompt, content) VALUES (?, ?, ?)"
_PROMPT = (
    "INSERT INTO prompts (digest, last, content) VALUES (?, ?, ?) ON CONFLICT (digest) "
    "DO UPDATE SET last = excluded.last WHERE excluded.last > last + ?"
)
_STEP = (  # statistics of a step of which nothing was forgotten are made anew; others cannot be
    "INSERT INTO steps (run, step, rollouts) VALUES (?, ?, ?) ON CONFLICT (run, step) "
    "DO UPDATE SET rollouts = rollouts + excluded.rollouts, "
    "statistics = CASE WHEN pruned THEN statistics END"
)
_LESS = (
    "UPDATE steps SET rollouts = rollouts - ?, statistics = CASE WHEN pruned THEN statistics END "
    "WHERE run = ? AND step = ?"
)
_NEXT = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'rollouts'), 0) + 1"
"""Never a number that a rollout had before: what is told of that one must not point to another."""
_NONE = (None,) * VALUES


class Writer:
    """One file, opened when first written to, and anew after a failure."""

    def __init__(self, path: Path, keeping: Keeping, default_run: str) -> None:
        """`default_run` is the run of requests that name none."""
        self.path = path
        self._keeping = keeping
        self._default_run = default_run
        self._db: sqlite3.Connection | None = None
        self._file: int | None = None
        """Which file that is: a path may come to name another."""
        self._unsettled = 0
        """Bytes since the last checkpoint, about."""

    def store(self, entries: Sequence[Entry]) -> None:
        """Store all of these in one transaction. Raises StoreError, and then has stored none."""
        ready = [encoded(entry, self._keeping) for entry in entries]
        with self.opened() as db, transaction(db):
            for entry, rows in zip(entries, ready, strict=True):
                _Request(db, entry, self._default_run).store(rows)
        self._unsettled += sum(len(wide.content) + OVERHEAD for rows in ready for wide in rows.wide)

    def settle(self, beyond: int = 0) -> None:
        """Move what was written from the log into the file, where it is more bytes than `beyond`.

        SQLite would do that within a transaction, and an answer waits for those. Raises StoreError.
        """
        if self._unsettled > beyond:
            with self.opened() as db:
                db.execute("PRAGMA wal_checkpoint(PASSIVE)")
            self._unsettled = 0

    def touched(self, size: int) -> None:
        """Take note of so many bytes that somebody else has written, through `opened`."""
        self._unsettled += size

    @contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """The file, open. Raises StoreError, after which it is opened anew."""
        try:
            if self._db is not None and file_number(self.path) != self._file:
                self.close()  # removed or replaced: what is written to it now, nobody will read
            if self._db is None:
                self._db = open_to_write(self.path)
                self._db.execute(f"PRAGMA busy_timeout = {_LOCKED_MS}")
                self._file = file_number(self.path)
            yield self._db
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise StoreError(f"the rollout store {self.path} cannot be written: {error}") from error

    def close(self) -> None:
        """Close the file. Using it again opens it again."""
        db, self._db = self._db, None
        if db is not None:
            with contextlib.suppress(sqlite3.Error):
                db.close()


class _Request:
    """One entry on its way into an open transaction."""

    def __init__(self, db: sqlite3.Connection, entry: Entry, default_run: str) -> None:
        self._db = db
        self._entry = entry
        self._run = self._run_of(entry.origin.run or default_run)

    def store(self, rows: Encoded) -> None:
        self._replace_earlier()
        step, scorer = self._step(), self._scorer()
        first = self._number(_NEXT)
        request = self._insert_request(step, scorer, first, rows.timing)
        self._db.executemany(_NARROW, self._narrow(rows, first, step, request))
        numbered = enumerate(rows.wide, first)
        self._db.executemany(_WIDE, [(number, wide.prompt, wide.content) for number, wide in numbered])
        last = first + len(rows.wide) - 1
        self._db.executemany(_PROMPT, [(digest, last, text, LAX) for digest, text in rows.prompts.items()])
        self._db.execute(_STEP, (self._run, step, len(rows.wide)))
        self._db.execute(
            "UPDATE runs SET rollouts = rollouts + ?, updated = max(updated, ?), "
            "steps_sent = steps_sent | ?, scorer = ? WHERE id = ?",
            (len(rows.wide), self._entry.at, self._entry.origin.step is not None, scorer, self._run),
        )

    def _narrow(self, rows: Encoded, first: int, step: int, request: int) -> Sequence[tuple[object, ...]]:
        here = (self._run, step, request)
        written = []
        for number, row in enumerate(rows.narrow, first):
            group = f"{request}{row.group}" if row.group.startswith("#") else row.group  # its own, unnamed
            written.append(
                (number, *here, row.name, group, *row[2:-1], *row.values, *_NONE[len(row.values) :])
            )
        return written

    def _run_of(self, name: str) -> int:
        key = (name.encode("utf-8", "replace").decode(), self._entry.scorer.description.name)
        self._db.execute(
            "INSERT INTO runs (name, reward, started, updated, rollouts, steps_sent) "
            "VALUES (?, ?, ?, ?, 0, 0) ON CONFLICT DO NOTHING",
            (*key, self._entry.at, self._entry.at),
        )
        return self._number("SELECT id FROM runs WHERE name = ? AND reward = ?", *key)

    def _step(self) -> int:
        sent = self._entry.origin.step
        if sent is not None:
            return sent
        return self._number("SELECT rollouts FROM runs WHERE id = ?", self._run) // WINDOW

    def _insert_request(self, step: int, scorer: int, first: int, timing: bytes) -> int:
        origin = self._entry.origin
        values = (
            self._run,
            step,
            scorer,
            origin.identity,
            self._entry.at,
            first,
            len(self._entry.rows),
            timing,
        )
        cursor = self._db.execute(
            "INSERT INTO requests (run, step, reward, identity, at, first, rollouts, timing) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _scorer(self) -> int:
        scorer = self._entry.scorer
        found = self._db.execute("SELECT id FROM rewards WHERE version = ?", (scorer.version,)).fetchone()
        if found is not None:
            return int(found[0])
        values = (scorer.version, encode(scorer.description))
        self._db.execute("INSERT INTO rewards (version, description) VALUES (?, ?)", values)
        return self._number("SELECT id FROM rewards WHERE version = ?", scorer.version)

    def _replace_earlier(self) -> None:
        """Forget the same request's rows where it was stored, and its answer did not arrive."""
        earlier = self._db.execute(
            "SELECT id, step, first, rollouts FROM requests WHERE identity = ? AND run = ? AND at > ?",
            (self._entry.origin.identity, self._run, self._entry.at - AGAIN_S),
        ).fetchall()
        for request, step, first, rollouts in earlier:
            self._forget(request, step, first, rollouts)

    def _forget(self, request: int, step: int, first: int, rollouts: int) -> None:
        self._db.execute("DELETE FROM requests WHERE id = ?", (request,))
        for table, key in (("details", "rollout"), ("rollouts", "id")):
            self._db.execute(
                f"DELETE FROM {table} WHERE {key} BETWEEN ? AND ?",  # noqa: S608 - of constants
                (first, first + rollouts - 1),
            )
        self._db.execute(_LESS, (rollouts, self._run, step))
        self._db.execute("UPDATE runs SET rollouts = rollouts - ? WHERE id = ?", (rollouts, self._run))

    def _number(self, query: str, *values: object) -> int:
        return int(self._db.execute(query, values).fetchone()[0])
