"""Lookups that arrive while others are under way go out together, as one question to the store."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from judges.cache.breaker import Breaker, StoreError

Fetch = Callable[[Sequence[bytes]], Awaitable[Mapping[bytes, bytes]]]
"""Names -> the entries found. Raises any Exception."""

MOST = 1024
"""Names in one question."""

_Waiting = list[tuple[bytes, asyncio.Future[bytes | None]]]


class Lookups:
    """Finds entries by name, with at most one question under way.

    No question is waited for longer than `bound_s`, not counting a time in which the event loop itself was
    held up. While one is overdue all lookups are misses; two overdue ones in a row count as a failure.
    """

    def __init__(self, fetch: Fetch, bound_s: float, breaker: Breaker) -> None:
        self._fetch = fetch
        self._bound_s = bound_s
        self._breaker = breaker
        self._waiting: _Waiting = []
        self._pump: asyncio.Task[None] | None = None
        self._overdue = False
        self._overdue_before = False

    async def get(self, name: bytes) -> bytes | None:
        """The entry, or None: not there, not in time, or not to be had."""
        if self._overdue or not self._breaker.allows:
            return None
        loop = asyncio.get_running_loop()
        found: asyncio.Future[bytes | None] = loop.create_future()
        self._waiting.append((name, found))
        if self._pump is None:
            self._pump = loop.create_task(self._run())
        return await found

    async def aclose(self) -> None:
        """Let the question under way go."""
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._answer(batch)
        finally:
            self._pump = None
            self._miss_all(self._waiting)

    async def _answer(self, batch: _Waiting) -> None:
        loop = asyncio.get_running_loop()
        alarm = _Alarm(loop, self._bound_s, lambda: self._give_up(batch))
        found: Mapping[bytes, bytes] = {}
        try:
            found = await self._fetch([name for name, _ in batch])
            self._judge_speed()
        except Exception as error:  # noqa: BLE001 - a store may be anyone's server
            self._breaker.failed(error)
        finally:
            alarm.cancel()
            self._overdue = False
            _settle(batch, found)

    def _judge_speed(self) -> None:
        if self._overdue and self._overdue_before:
            self._breaker.failed(StoreError(f"it takes longer than {self._bound_s * 1000:g} ms"))
        else:
            self._breaker.succeeded()
        self._overdue_before = self._overdue

    def _give_up(self, batch: _Waiting) -> None:
        self._overdue = True
        _settle(batch, {})
        self._miss_all(self._waiting)

    def _miss_all(self, waiting: _Waiting) -> None:
        self._waiting = []
        _settle(waiting, {})


def _settle(batch: _Waiting, entries: Mapping[bytes, bytes]) -> None:
    for name, found in batch:
        if not found.done():
            found.set_result(entries.get(name))


class _Alarm:
    """Rings after `seconds`. A loop that comes to it late was held up itself, so it waits once more."""

    LATE = 0.2

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float, ring: Callable[[], None]) -> None:
        self._loop = loop
        self._seconds = seconds
        self._ring = ring
        self._due = loop.time() + seconds
        self._timer = loop.call_later(seconds, self._come)

    def cancel(self) -> None:
        self._timer.cancel()

    def _come(self) -> None:
        if self._loop.time() - self._due > self.LATE * self._seconds:
            self._timer = self._loop.call_later(self._seconds, self._ring)
        else:
            self._ring()
