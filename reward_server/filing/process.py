"""The process that stores: `python -m reward_server.filing.process`, run by `filing/filer.py`.

It ends when its input does, in whatever way the server does; until then it stores what it was given. Signals
to end are for the server: they reach a whole group of processes.
"""

import gc
import select
import signal
import sqlite3

import msgspec

from reward_server.filing.frames import FAILED, RAISED, STORED, Ended, Frame, receive, send
from reward_server.filing.retention import AT_ONCE, Retention
from reward_server.store.database import StoreError
from reward_server.store.keeping import keeping
from reward_server.store.options import StoreOptions
from reward_server.store.parcel import Unpacker
from reward_server.store.writer import OVERHEAD, Writer

_IN, _OUT = 0, 1
_COLLECTIONS = 100_000, 20, 100
"""Rows make no cycles; looking for them in thousands of objects takes a tenth of the time."""
_SETTLED_BYTES = 16 * 2**20
"""Of the log, that are moved into the file after an answer; what is less waits for a quiet second."""
_QUIET_S = 1.0
_LOOK_S = 60.0
"""So often it is looked whether something is too old, where nothing else is to be done."""


class Options(msgspec.Struct, frozen=True):
    """What the process is told first."""

    store: str
    """`StoreOptions` as JSON."""
    default_run: str


class Filing:
    """One file, written and kept small."""

    def __init__(self, options: StoreOptions, default_run: str) -> None:
        self._writer = Writer(options.path, keeping(options), default_run)
        self._unpacker = Unpacker()
        self._retention = Retention(options)
        self._stored = 0
        """Rollouts since the last tidying."""

    def store(self, frame: Frame) -> tuple[bytes, str]:
        """Store a parcel; what is to be said about it."""
        try:
            entries = self._unpacker.unpack(frame.form, frame.body)
            self._writer.store(entries)
        except StoreError as error:
            return FAILED, str(error)
        except Exception as error:  # noqa: BLE001 - its message may quote a completion, so only the type is told
            return RAISED, type(error).__name__
        self._stored += sum(len(entry.rows) for entry in entries)
        return STORED, ""

    def tidy(self, beyond_bytes: int) -> bool:
        """Do what does not have to be done before an answer; whether there is more of it."""
        if beyond_bytes and self._stored < AT_ONCE:
            return False  # requests of a few rollouts: once for many of them, or when it is quiet
        most, self._stored = max(AT_ONCE, 2 * self._stored), 0
        try:
            with self._writer.opened() as db:
                more = self._retention.step(db, most)
            if more:
                self._writer.touched(most * OVERHEAD)
            self._writer.settle(beyond_bytes)
        except (StoreError, sqlite3.Error):
            return False  # a full disk: it is told of where something is to be stored
        return more

    def close(self) -> None:
        self._writer.close()


def run() -> None:
    """Serve one server until it ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    try:
        told = msgspec.json.decode(receive(_IN).body, type=Options)
        gc.freeze()
        gc.set_threshold(*_COLLECTIONS)
        filing = Filing(StoreOptions.model_validate_json(told.store), told.default_run)
        try:
            _serve(filing)
        finally:
            filing.close()
    except (Ended, OSError):
        return  # the server is gone


def _serve(filing: Filing) -> None:
    wait_s = _QUIET_S
    while True:
        if _is_spoken_to(wait_s):
            kind, why = filing.store(receive(_IN))
            send(_OUT, kind, why.encode())
            more, wait_s = filing.tidy(_SETTLED_BYTES), _QUIET_S
        else:
            more, wait_s = filing.tidy(0), _LOOK_S
        wait_s = 0.0 if more else wait_s


def _is_spoken_to(within_s: float) -> bool:
    return bool(select.select([_IN], [], [], within_s)[0])


if __name__ == "__main__":
    run()
