"""A client's connection: calls in, one after the other; replies out, however they are to be delivered."""

import asyncio
from collections import deque
from http import HTTPStatus
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from judges.sim.wire import CONTINUE, Call, Delivery, Handle, Leave, Reply, head, stay

DRIP_INTERVAL = 0.2
_DROP = b"1\r\n \r\n"
_GARBLED = Reply(HTTPStatus.BAD_REQUEST, b'{"error":{"message":"this is not HTTP/1.1"}}')


class Connections:
    """Those that are open."""

    def __init__(self) -> None:
        self._open: set[Connection] = set()
        self._none = asyncio.Event()
        self._none.set()

    def add(self, connection: "Connection") -> None:
        """Take note of one."""
        self._open.add(connection)
        self._none.clear()

    def discard(self, connection: "Connection") -> None:
        """It is closed."""
        self._open.discard(connection)
        if not self._open:
            self._none.set()

    async def end(self, grace: float) -> None:
        """Let calls finish for `grace` seconds, then close what is left."""
        for connection in list(self._open):
            connection.finish()
        try:
            await asyncio.wait_for(self._none.wait(), grace)
        except TimeoutError:
            for connection in list(self._open):
                connection.close()


class Connection(asyncio.Protocol):
    """HTTP/1.1 of a server, one call at a time."""

    _transport: asyncio.Transport

    def __init__(self, handle: Handle, connections: Connections) -> None:
        self._handle = handle
        self._connections = connections
        self._parser = HttpRequestParser(self)
        self._calls: deque[Call] = deque()
        """Whole requests that have not been begun."""
        self._current: Call | None = None
        self._leave: Leave = stay
        self._turning = False
        self._last = False
        """Whether nothing comes after the current call."""

    def finish(self) -> None:
        """Take no more calls, and close once the current one has its reply."""
        self._last = True
        if self._current is None:
            self.close()

    def close(self) -> None:
        """Close it."""
        self._last = True
        self._transport.close()

    # -- asyncio ---------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self.finish()  # nobody gets to speak anything else here
        except HttpParserError:
            self._transport.write(head(_GARBLED, keep_alive=False) + _GARBLED.body)
            self.close()

    def connection_lost(self, _: Exception | None) -> None:
        """The client has left, or was made to."""
        self._connections.discard(self)
        self._last = True
        if self._current is not None:
            self._current = None
            self._leave()

    # -- httptools -------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A request begins."""
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._body: list[bytes] = []

    def on_url(self, url: bytes) -> None:
        """Part of its target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """Ask for the body where the client waits to be asked."""
        if self._headers.get(b"expect", b"").lower() == b"100-continue":
            self._transport.write(CONTINUE)

    def on_body(self, data: bytes) -> None:
        """Part of its body."""
        self._body.append(data)

    def on_message_complete(self) -> None:
        """A request is whole."""
        method = self._parser.get_method().decode("latin-1")
        path = self._url.partition(b"?")[0].decode("latin-1")
        kept = bool(self._parser.should_keep_alive())
        self._calls.append(Call(method, path, self._headers, b"".join(self._body), kept))
        self._next()

    # -- one call after the other ----------------------------------------------------------------------

    def _next(self) -> None:
        if self._turning:
            return
        self._turning = True
        while self._calls and self._current is None and not self._last:
            self._current = call = self._calls.popleft()
            leave = self._handle(call, self._deliver)
            self._leave = leave if self._current is not None else stay
        self._turning = False

    def _deliver(self, reply: Reply) -> None:
        call = self._current
        if call is None:
            return
        match reply.delivery:
            case Delivery.WHOLE:
                self._answer(reply, keep_alive=call.keep_alive and not self._last)
            case Delivery.TRUNCATED:
                self._transport.write(head(reply) + reply.body[: len(reply.body) // 2])
                self.close()
            case Delivery.DRIP:
                self._transport.write(head(reply))
                self._drip()
            case Delivery.DROPPED:
                self.close()
            case Delivery.NEVER:
                pass

    def _answer(self, reply: Reply, *, keep_alive: bool) -> None:
        self._transport.write(head(reply, keep_alive=keep_alive) + reply.body)
        self._current = None
        self._leave = stay
        if keep_alive:
            self._next()
        else:
            self.close()

    def _drip(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(_DROP)
            asyncio.get_running_loop().call_later(DRIP_INTERVAL, self._drip)
