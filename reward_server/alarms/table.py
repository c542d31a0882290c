"""The store's tables of alarms and of probes."""

import sqlite3
import time
from collections.abc import Sequence

import msgspec

from reward_server.alarms.alarm import Alarm
from reward_server.alarms.rounds import AnchorSet, ProbeKind, Round
from reward_server.store.database import transaction
from reward_server.store.reading import Store

_ALARM = "INSERT INTO alarms (run, name, subject, since, until, content) VALUES (?, ?, ?, ?, ?, ?)"
_ROUND = "INSERT INTO probes (run, step, at, kind, judge, criterion, content) VALUES (?, ?, ?, ?, ?, ?, ?)"


def alarms_of(store: Store, run: int) -> list[Alarm]:
    """Every alarm of a run, in the order in which they were raised. Raises StoreError."""
    rows = store.rows("SELECT content FROM alarms WHERE run = ? ORDER BY id", run)
    return [msgspec.json.decode(content, type=Alarm) for (content,) in rows]


def write_alarms(db: sqlite3.Connection, run: int, first: int, alarms: Sequence[Alarm]) -> None:
    """Have these be the alarms of a run from its step `first` on; older ones stay."""
    with transaction(db):
        db.execute("DELETE FROM alarms WHERE run = ? AND since >= ?", (run, first))
        db.executemany(
            _ALARM,
            [
                (run, alarm.name, alarm.subject, alarm.since, alarm.until, msgspec.json.encode(alarm))
                for alarm in alarms
            ],
        )


def rounds_of(
    store: Store, run: int, *, after: int = 0, kind: ProbeKind | None = None
) -> list[tuple[int, Round]]:
    """The probes of a run's judges, in order, each with its number; those of a kind, numbered above `after`.

    Raises StoreError.
    """
    query = "SELECT id, content FROM probes WHERE run = ? AND id > ? AND kind IN (?, ?) ORDER BY id"
    kinds = (kind, kind) if kind is not None else ("canary", "anchor")
    rows = store.rows(query, run, after, *kinds)
    return [(number, msgspec.json.decode(content, type=Round)) for number, content in rows]


def write_rounds(db: sqlite3.Connection, run: int, rounds: Sequence[Round]) -> None:
    """Add rounds of probes."""
    with transaction(db):
        db.executemany(
            _ROUND,
            [
                (run, each.step, each.at, each.kind, each.judge, each.criterion, msgspec.json.encode(each))
                for each in rounds
            ],
        )


_ANCHORS = "anchors"
"""In place of a kind: the rollouts that later rounds are compared with."""


def anchors_of(store: Store, run: int, component: str, version: str) -> AnchorSet | None:
    """The anchors of a component under a version of its reward; None where none are."""
    query = "SELECT content FROM probes WHERE run = ? AND kind = ? AND criterion = ? ORDER BY id DESC"
    found = [
        msgspec.json.decode(row[0], type=AnchorSet) for row in store.rows(query, run, _ANCHORS, component)
    ]
    return next((each for each in found if each.version == version), None)


def write_anchors(db: sqlite3.Connection, run: int, anchors: AnchorSet) -> None:
    """Add a set of anchors."""
    values = (run, 0, time.time(), _ANCHORS, "", anchors.component, msgspec.json.encode(anchors))
    with transaction(db):
        db.execute(_ROUND, values)
