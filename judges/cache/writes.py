"""New entries are gathered for a moment and written together."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from itertools import islice

from judges.cache.breaker import Breaker

Save = Callable[[Mapping[bytes, bytes]], Awaitable[None]]
"""Store all of these. Raises any Exception."""

MOST = 8192
"""Entries that wait, at most; what comes on top is not kept."""
LINGER_S = 0.2
CLOSE_S = 2.0


class Writes:
    """Writes entries, one batch at a time. A batch that fails is tried again with the next."""

    def __init__(self, save: Save, breaker: Breaker) -> None:
        self._save = save
        self._breaker = breaker
        self._waiting: dict[bytes, bytes] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._batch: asyncio.Task[None] | None = None

    def put(self, name: bytes, entry: bytes) -> None:
        """Take an entry."""
        if len(self._waiting) < MOST:
            self._waiting[name] = entry
        if self._batch is None:
            self._soon()

    async def aclose(self) -> None:
        """Write what waits, unless the store is out of order, for at most 2 s."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self._drain()
        if self._timer is not None:
            self._timer.cancel()

    async def _drain(self) -> None:
        while self._batch is not None or (self._waiting and self._breaker.allows):
            self._start()
            if self._batch is not None:
                await self._batch

    def _soon(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LINGER_S, self._start)

    def _start(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._batch is None and self._breaker.allows:
            self._batch = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        batch, self._waiting = self._waiting, {}
        try:
            await self._save(batch)
            self._breaker.succeeded()
            if self._waiting:
                self._soon()
        except Exception as error:  # noqa: BLE001 - a store may be anyone's server
            self._breaker.failed(error)
            self._waiting = dict(islice({**batch, **self._waiting}.items(), MOST))
        finally:
            self._batch = None
