"""Has scored requests stored before they are answered, and never lets a reward fail for it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import structlog

from judges.cache.worker import Worker
from reward_server.store.database import StoreError
from reward_server.store.entry import Entry
from reward_server.store.keeping import keeping
from reward_server.store.options import StoreOptions
from reward_server.store.writer import Writer
from rubrics.problems import ConfigError

PATIENCE_S = 2.0
"""So long an answer waits for the disk. A disk takes milliseconds; one that hangs must not stop training."""
MOST_WAITING = 2_000
"""Requests that wait for the disk; beyond, new ones are not stored."""

_LOG = structlog.get_logger("gavel.store")


class Losses(Protocol):
    """Told what became of rollouts: the metrics."""

    def stored(self, rollouts: int, seconds: float) -> None:
        """Count rollouts that were stored together."""

    def lost(self, rollouts: int) -> None:
        """Count rollouts that could not be stored."""


class Recorder:
    """Stores what comes in while the last transaction was under way in the next one, all together."""

    def __init__(self, writer: Writer, losses: Losses) -> None:
        self._writer = writer
        self._losses = losses
        self._worker = Worker("gavel-rollout-store")
        self._waiting: list[tuple[Entry, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._failing = False

    @property
    def path(self) -> Path:
        """The file."""
        return self._writer.path

    async def record(self, entry: Entry) -> None:
        """Return when the entry is durable, or when that has to be given up, which is logged and counted."""
        if len(self._waiting) >= MOST_WAITING:
            self._lose([entry], "too many requests wait for the disk")
            return
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, stored))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await asyncio.wait([stored], timeout=PATIENCE_S)

    async def aclose(self) -> None:
        """Store what is waiting and close the file."""
        if self._writing is not None:
            await asyncio.wait([self._writing], timeout=PATIENCE_S)
        await self._worker.run(self._writer.close)
        self._worker.stop()

    async def _write(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            await self._store([entry for entry, _ in together])
            for _, stored in together:
                if not stored.done():
                    stored.set_result(None)
        self._writing = None  # nothing was awaited since the list was found empty

    async def _store(self, entries: list[Entry]) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            await self._worker.run(lambda: self._writer.store(entries))
        except StoreError as error:
            self._lose(entries, str(error))
            return
        except Exception as error:  # noqa: BLE001 - a bug of ours with one of them must not cost the others
            if len(entries) == 1:
                self._lose(entries, f"{type(error).__name__} was raised")
            for entry in entries if len(entries) > 1 else ():
                await self._store([entry])
            return
        self._losses.stored(sum(len(entry.rows) for entry in entries), loop.time() - started)
        if self._failing:
            self._failing = False
            _LOG.info("rollouts are stored again", path=str(self._writer.path))

    def _lose(self, entries: list[Entry], why: str) -> None:
        """Say it once until it is over: a full disk has to hold the log, too."""
        self._losses.lost(sum(len(entry.rows) for entry in entries))
        if not self._failing:
            self._failing = True
            _LOG.error("rollouts are NOT stored; rewards go on", path=str(self._writer.path), why=why)


def opened(options: StoreOptions, losses: Losses) -> Recorder:
    """Open a store for this process, whose rollouts without a run make one of their own.

    Raises ConfigError where the file cannot be used.
    """
    started = datetime.now(tz=UTC)
    writer = Writer(options.path, keeping(options), f"serve-{started:%Y%m%d-%H%M%S}")
    try:
        with writer.opened():
            pass
    except StoreError as error:
        hint = "name another file with --store, or `--store none`"
        raise ConfigError(str(error), hint=hint) from None
    return Recorder(writer, losses)
