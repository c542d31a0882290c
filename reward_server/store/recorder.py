"""Has scored requests stored before they are answered, and never lets a reward fail for it."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from math import inf
from pathlib import Path
from typing import Protocol

import structlog

from judges.cache.worker import Worker
from reward_server.store.database import StoreError
from reward_server.store.entry import Entry
from rubrics.rollout import Rollout, flatten

PATIENCE_S = 10.0
"""So long an answer waits for a disk that does nothing. One that hangs must not stop training."""
_ROLLOUT_S, _CHAR_S = 1e-3, 1e-7
"""So much longer for each rollout and character in line: a slow disk is not one that hangs."""
MOST_CHARS = 512 * 2**20
"""Characters of prompts and completions that wait for the disk; beyond, rollouts are not stored."""
_ROLLOUT_CHARS = 2_000
"""A rollout takes as much memory as so many characters besides its texts, about."""

_LOG = structlog.get_logger("gavel.store")


class Losses(Protocol):
    """Told what became of rollouts: the metrics."""

    def stored(self, rollouts: int, seconds: float) -> None:
        """Count rollouts that were stored together."""

    def lost(self, rollouts: int) -> None:
        """Count rollouts that could not be stored."""

    def late(self, rollouts: int) -> None:
        """Count rollouts whose answers did not wait for the disk any longer."""


class Storage(Protocol):
    """Where entries go: a `Writer`, or the process that has one. Blocks; for one thread."""

    path: Path

    def store(self, entries: Sequence[Entry]) -> None:
        """Store all of these in one transaction. Raises StoreError, and then has stored none."""

    def close(self) -> None:
        """Let go of the file."""


Waiting = tuple[Entry, "asyncio.Future[bool]"]
"""What is to be stored, and where it is told whether that was waited for."""


class Recorder:
    """Stores what comes in while the last transaction was under way in the next one, all together."""

    def __init__(self, storage: Storage, losses: Losses, patience_s: float = PATIENCE_S) -> None:
        self._storage = storage
        self._losses = losses
        self._patience_s = patience_s
        self._worker = Worker("gavel-rollout-store")
        self._waiting: list[Waiting] = []
        self._writing: asyncio.Task[None] | None = None
        self._rollouts, self._chars = 0, 0
        """In line for the disk, and on their way to it."""
        self._failing = False
        self._hanging = False

    async def record(self, entry: Entry, within_s: float = inf) -> None:
        """Return when the entry is durable, or when that has to be given up, which is logged and counted.

        After `within_s` it is given up, too: an answer is wanted by its deadline.
        """
        if self._chars > MOST_CHARS:
            self._lose([entry], "too much waits for the disk")
            return
        self._count(entry, 1)
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, stored))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        if not await self._is_durable(stored, within_s):
            self._losses.late(len(entry.rows))

    async def _is_durable(self, stored: "asyncio.Future[bool]", within_s: float) -> bool:
        if self._hanging:  # one answer has waited in vain; the others do not
            return False
        if within_s > self._patience_s:
            return await stored
        await asyncio.wait([stored], timeout=within_s)
        return stored.done() and stored.result()

    async def aclose(self) -> None:
        """Store what is waiting and close the file."""
        if self._writing is not None:
            await asyncio.wait([self._writing], timeout=self._patience_s)
        if self._waiting:
            self._lose([entry for entry, _ in self._waiting], "the disk hangs, and the server ends")
        if self._writing is None:
            await self._worker.run(self._storage.close)
        self._worker.stop()

    def _count(self, entry: Entry, sign: int) -> None:
        self._rollouts += sign * len(entry.rows)
        self._chars += sign * sum([_chars(row.rollout) for row in entry.rows])

    @property
    def path(self) -> Path:
        """The file."""
        return self._storage.path

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            together, self._waiting = self._waiting, []
            patience_s = self._patience_s + self._rollouts * _ROLLOUT_S + self._chars * _CHAR_S
            giving_up = loop.call_later(patience_s, self._give_up, together)
            await self._store([entry for entry, _ in together])
            giving_up.cancel()
            self._hanging = False
            for entry, _ in together:
                self._count(entry, -1)
            _settle(together, durable=True)
        self._writing = None  # nothing was awaited since the list was found empty

    def _give_up(self, together: list[Waiting]) -> None:
        """Have nobody wait any longer, until the disk does something."""
        self._hanging = True
        _settle([*together, *self._waiting], durable=False)
        self._say(_LOG.error, "the disk hangs: rewards are answered before they are stored")

    async def _store(self, entries: list[Entry]) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            await self._worker.run(lambda: self._storage.store(entries))
        except StoreError as error:
            self._lose(entries, str(error))
            return
        except Exception as error:  # noqa: BLE001 - a bug of ours with one of them must not cost the others
            if len(entries) == 1:
                self._lose(entries, f"a bug of ours: {type(error).__name__}")
            for entry in entries if len(entries) > 1 else ():
                await self._store([entry])
            return
        self._losses.stored(sum(len(entry.rows) for entry in entries), loop.time() - started)
        if self._failing:
            self._failing = False
            self._say(_LOG.info, "rollouts are stored again")

    def _lose(self, entries: list[Entry], why: str) -> None:
        """Say it once until it is over: a full disk has to hold the log, too."""
        self._losses.lost(sum(len(entry.rows) for entry in entries))
        if not self._failing:
            self._failing = True
            self._say(_LOG.error, "rollouts are NOT stored; rewards go on", why=why)

    def _say(self, log: Callable[..., object], event: str, **more: str) -> None:
        """Log, if that is possible: it may go to the disk that is full."""
        with contextlib.suppress(OSError, ValueError):
            log(event, path=str(self.path), **more)


def _chars(rollout: Rollout) -> int:
    """What a rollout takes, about. Each has a prompt of its own, also where those of a group are alike."""
    prompt = rollout.prompt or ""
    if not isinstance(prompt, str):
        prompt = flatten(prompt)
    return _ROLLOUT_CHARS + len(prompt) + len(rollout.completion.text)


def _settle(waiting: list[Waiting], *, durable: bool) -> None:
    for _, stored in waiting:
        if not stored.done():
            stored.set_result(durable)
