"""All connections of one client, and which of them rest between calls."""

import asyncio
from collections.abc import Iterator

from judges.transport.connection import Connection

IDLE_S = 30.0
"""Longest rest of a connection. Load balancers forget silent ones within minutes, and do not say so."""


class Pool:
    """Open connections; of those without a call, the latest used is handed out first. Of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._open: set[Connection] = set()
        self._idle: dict[Connection, None] = {}
        self._sweep: asyncio.TimerHandle | None = None

    def connection(self, max_bytes: int) -> Connection:
        """A connection that is about to be opened."""
        return Connection(max_bytes, made=self._open.add, lost=self._drop)

    def take(self) -> Connection | None:
        """A connection on which nothing has come since its last call; others found are closed."""
        while self._idle:
            connection, _ = self._idle.popitem()
            if connection.quiet():
                return connection
            connection.close()
        return None

    def give(self, connection: Connection) -> None:
        """Keep a connection for another call."""
        connection.idle_since = self.loop.time()
        self._idle[connection] = None
        if self._sweep is None:
            self._sweep = self.loop.call_later(IDLE_S, self._close_old)

    async def aclose(self) -> None:
        """Close all connections, those with a call as well."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        for connection in list(self._open):
            connection.close()
        await asyncio.sleep(0)  # the transports close in the loop's next round

    def _drop(self, connection: Connection) -> None:
        self._open.discard(connection)
        self._idle.pop(connection, None)

    def _close_old(self) -> None:
        for connection in list(self._old()):
            self._idle.pop(connection)
            connection.close()
        rest = next(iter(self._idle), None)
        wait = None if rest is None else rest.idle_since + IDLE_S - self.loop.time()
        self._sweep = None if wait is None else self.loop.call_later(max(wait, 1.0), self._close_old)

    def _old(self) -> Iterator[Connection]:
        latest = self.loop.time() - IDLE_S
        for connection in self._idle:  # in the order of their coming back
            if connection.idle_since > latest:
                return
            yield connection
