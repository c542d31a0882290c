"""One connection: a request out, its response in, and nothing else."""

import asyncio
import fcntl
import select
import struct
import termios
from collections.abc import Callable, Sequence
from typing import cast

from judges.backend import BackendError
from judges.transport import failures
from judges.transport.response import Response


class Connection(asyncio.Protocol):
    """Carries one call at a time. Bytes that come between calls close it."""

    def __init__(
        self, max_bytes: int, *, made: Callable[["Connection"], None], lost: Callable[["Connection"], None]
    ) -> None:
        self.idle_since = 0.0
        """When it came back from its last call, by the event loop's clock."""
        self.reusable = False
        """Whether the last response allows another call."""
        self._max_bytes = max_bytes
        self._made = made
        self._lost = lost
        self._open = False
        self._spoken_to = False
        self._response: Response | None = None
        self._waiter: asyncio.Future[None]
        self._transport: asyncio.Transport

    async def exchange(self, request: Sequence[bytes]) -> Response:
        """Send a request and read its response; failed or cancelled, close. Raises BackendError."""
        waiter = self._waiter = asyncio.get_running_loop().create_future()
        response = self._response = Response(self._max_bytes)
        try:
            self._transport.writelines(request)
            await waiter
        except BaseException:
            self.close()
            raise
        return response

    def quiet(self) -> bool:
        """Whether it is open and its socket has nothing for us, as the kernel has it at this moment."""
        return self._open and not self._transport.is_closing() and not self._poll.poll(0)

    def spoke_first(self) -> bool:
        """Whether bytes came before the first request."""
        if not self._open or self._secure:
            return self._spoken_to  # a TLS server may send session tickets at any time
        waiting = fcntl.ioctl(self._fd, termios.FIONREAD, bytes(4))
        return bool(struct.unpack("i", waiting)[0])

    def close(self) -> None:
        """Close at once. A call in progress fails."""
        self.reusable = False
        if self._open:
            self._open = False
            self._transport.abort()

    def abandon(self) -> None:
        """Close a connection that nobody waits for: uvloop says nothing of one lost while it was opened."""
        self.close()
        self._lost(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so
        self._fd = transport.get_extra_info("socket").fileno()
        self._secure = transport.get_extra_info("sslcontext") is not None
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLIN)
        self._open = True
        self._made(self)

    def data_received(self, data: bytes) -> None:
        response = self._response
        if response is None:
            self._spoken_to = True
            self.close()
            return
        try:
            response.feed(data)
        except BackendError as error:
            self._fail(error)
            return
        if response.complete:
            self._finish(response)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open = self.reusable = False
        self._lost(self)
        response = self._response
        if response is None:
            return
        if exc is None:
            response.end()
        if response.complete:
            self._finish(response)
        else:
            self._fail(failures.broken(exc, response.received))

    def _finish(self, response: Response) -> None:
        unsent = self._open and self._transport.get_write_buffer_size() > 0
        if unsent and response.status < 300:
            self._fail(failures.unsolicited("a response came before the request was sent"))
            return
        self._response = None
        self.reusable = response.keeps_alive and not unsent
        if not self.reusable:
            self.close()
        if not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, error: BackendError) -> None:
        self._response = None
        self.close()
        if not self._waiter.done():
            self._waiter.set_exception(error)
