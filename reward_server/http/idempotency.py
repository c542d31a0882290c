"""The same request again: the stored answer, with no new judge call (promise 8).

Concurrent duplicates join the one under way; it is cancelled only when the last of them has left.
Errors are not stored, so a retry after one is a new try.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from reward_server.wire.status import RequestError


class Answer(NamedTuple):
    """A body to answer with."""

    body: bytes
    whole: bool = True
    """Whether every rollout was scored: asking again cannot give more."""


Work = Callable[[], Coroutine[object, object, Answer]]

MAX_AGE_S = 600.0
MAX_BYTES = 256 * 2**20
OVERHEAD = 2048
"""Bytes that an answer takes in store besides its own."""


@dataclass
class _Entry:
    digest: bytes
    task: "asyncio.Task[Answer]"
    expires: float
    waiters: int = 0
    size: int = 0


class Idempotency:
    """Answers by key, bounded by age and bytes, oldest out first. One event loop, no locks."""

    def __init__(
        self,
        max_age_s: float = MAX_AGE_S,
        max_bytes: int = MAX_BYTES,
        clock: Callable[[], float] = time.monotonic,
        *,
        whole_only: bool = False,
    ) -> None:
        self._max_age_s = max_age_s
        self._max_bytes = max_bytes
        self._clock = clock
        self._whole_only = whole_only
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._bytes = 0

    @property
    def held(self) -> int:
        """Bytes of the answers held."""
        return self._bytes

    def __contains__(self, key: str) -> bool:
        self._evict()
        return key in self._entries

    async def run(self, key: str, digest: bytes, work: Work) -> Answer:
        """Answer from the store, from the call under way with this key, or by `work`.

        `digest` stands for the request. Raises RequestError where the key was used with another one.
        """
        self._evict()
        entry = self._entries.get(key)
        if entry is None:
            entry = self._start(key, digest, work)
        elif entry.digest != digest:
            message = "this Idempotency-Key was used with another body"
            raise RequestError("idempotency_conflict", message, hint="use a new key for a new batch")
        return await self._join(key, entry)

    def _start(self, key: str, digest: bytes, work: Work) -> _Entry:
        entry = _Entry(digest, asyncio.create_task(work()), self._clock() + self._max_age_s)
        self._entries[key] = entry
        entry.task.add_done_callback(lambda task: self._settle(key, entry, task))
        return entry

    async def _join(self, key: str, entry: _Entry) -> Answer:
        entry.waiters += 1
        try:
            return await asyncio.shield(entry.task)
        finally:
            entry.waiters -= 1
            if not entry.waiters and not entry.task.done():
                self._drop(key, entry)
                entry.task.cancel()

    def _settle(self, key: str, entry: _Entry, task: "asyncio.Task[Answer]") -> None:
        if task.cancelled() or task.exception() is not None or not self._keeps(task.result()):
            self._drop(key, entry)
        elif self._entries.get(key) is entry:
            entry.size = len(task.result().body) + OVERHEAD
            entry.expires = self._clock() + self._max_age_s
            self._entries.move_to_end(key)
            self._bytes += entry.size
            self._evict()

    def _keeps(self, answer: Answer) -> bool:
        return answer.whole or not self._whole_only

    def _drop(self, key: str, entry: _Entry) -> None:
        if self._entries.get(key) is entry:
            del self._entries[key]
            self._bytes -= entry.size

    def _evict(self) -> None:
        for key, entry in list(self._outdated()):
            self._drop(key, entry)

    def _outdated(self) -> Iterator[tuple[str, _Entry]]:
        now, held = self._clock(), self._bytes
        for key, entry in self._entries.items():
            if entry.expires > now and held <= self._max_bytes:
                return
            if entry.task.done():
                held -= entry.size
                yield key, entry
