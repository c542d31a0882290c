"""The transport: one URL, many POSTs at once.

Another client fits behind the same two methods (docs/design/transport.md). What it must keep: no redirects,
no proxies from the environment, no cookies, no decompression, a cap on the reply's bytes, prompt
cancellation, nothing read that came before its request, and a way to close the connection of a reply.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import msgspec

from judges.transport import failures
from judges.transport.connection import Connection
from judges.transport.dial import Dialler
from judges.transport.head import Headers
from judges.transport.place import Place
from judges.transport.pool import Pool
from judges.transport.response import Response


class HttpReply(msgspec.Struct, frozen=True):
    """A response, read to the end."""

    status: int
    headers: Headers
    body: bytes
    discard: Callable[[], None]
    """Closes the connection, so that nothing more is read from it. To be called before anything is awaited:
    after that the connection may carry another call."""


class Http:
    """POSTs to one URL over a pool of connections. A new event loop gets connections of its own."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        connections: int | None,
        max_bytes: int,
        address: str | None = None,
    ) -> None:
        self._place = Place.of(url)
        self._address = address
        self._connections = connections
        self._max_bytes = max_bytes
        self._head = _head(self._place, headers)
        self._pool: Pool | None = None

    async def post(self, body: bytes | Sequence[bytes], headers: Mapping[str, str]) -> HttpReply:
        """Send `body`, in one piece or several, and read the response. Raises BackendError."""
        if self._pool is None or self._pool.loop is not asyncio.get_running_loop():
            self._begin()
        parts = (body,) if isinstance(body, bytes) else body
        request = [self._head, _tail(headers, sum(map(len, parts))), *parts]
        if self._slots is None:
            return await self._post(request)
        async with self._slots:
            return await self._post(request)

    async def aclose(self) -> None:
        """Close every connection; calls in progress fail."""
        if self._pool is not None:
            await self._pool.aclose()

    def _begin(self) -> None:
        pool = self._pool = Pool(asyncio.get_running_loop())
        self._slots = None if self._connections is None else asyncio.Semaphore(self._connections)
        self._dialler = Dialler(self._place, self._address, lambda: pool.connection(self._max_bytes))

    async def _post(self, request: Sequence[bytes]) -> HttpReply:
        pool = self._pool
        assert pool is not None
        connection = pool.take() or await self._dial()
        response: Response = await connection.exchange(request)
        if connection.reusable:
            pool.give(connection)
        return HttpReply(response.status, response.headers, response.body, connection.close)

    async def _dial(self) -> Connection:
        connection = await self._dialler.dial()
        if connection.spoke_first():
            connection.close()
            raise failures.unsolicited("a response came before the request was sent")
        return connection


def _head(place: Place, headers: Mapping[str, str]) -> bytes:
    fields = {"Host": place.authority, "Accept-Encoding": "identity", **headers}
    return f"POST {place.path} HTTP/1.1\r\n{_lines(fields)}".encode()


def _tail(headers: Mapping[str, str], length: int) -> bytes:
    return f"{_lines(headers)}Content-Length: {length}\r\n\r\n".encode()


def _lines(fields: Mapping[str, str]) -> str:
    return "".join([f"{name}: {value}\r\n" for name, value in fields.items()])
