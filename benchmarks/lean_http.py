"""HTTP as it is when nothing goes wrong: the floor under every client here. Standard library only."""

import asyncio
from typing import NamedTuple
from urllib.parse import urlsplit


class Answer(NamedTuple):
    """A response."""

    status: int
    body: bytes


class Connection(asyncio.Protocol):
    """A connection with at most one request on it."""

    transport: asyncio.Transport
    _answer: "asyncio.Future[Answer]"
    _stream = b""

    def data_received(self, data: bytes) -> None:
        self._stream += data
        head, end, _ = self._stream.partition(b"\r\n\r\n")
        if not end:
            return
        size = int(head[head.lower().index(b"content-length:") + 15 :].split(b"\r", 1)[0])
        start = len(head) + len(end)
        if len(self._stream) >= start + size:
            body, self._stream = self._stream[start:], b""
            self._answer.set_result(Answer(int(head[9:12]), body))

    def connection_lost(self, error: Exception | None) -> None:
        if hasattr(self, "_answer") and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError())

    def post(self, request: bytes) -> "asyncio.Future[Answer]":
        """Send a whole request."""
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._answer


class Client:
    """POSTs to one URL, over as many connections as there are calls at once."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        self._place = where.hostname or "", where.port or 80
        self._head = (
            f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        self._idle: list[Connection] = []

    async def post(self, body: bytes) -> Answer:
        connection = self._idle.pop() if self._idle else await self._connect()
        try:
            answer = await connection.post(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
        except BaseException:
            connection.transport.close()
            raise
        self._idle.append(connection)
        return answer

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        transport, connection = await loop.create_connection(Connection, *self._place)
        connection.transport = transport
        return connection

    async def aclose(self) -> None:
        """Close the idle connections."""
        for connection in self._idle:
            connection.transport.close()
        self._idle.clear()
        await asyncio.sleep(0)  # a transport closes its socket in the loop's next turn
