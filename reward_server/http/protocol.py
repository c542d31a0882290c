"""uvicorn's HTTP protocol, with the bounds it leaves out: on headers, and on what follows an early answer."""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

MAX_OVERHEAD = 2**18
"""Bytes of request line, headers, chunk framing and trailers between two pieces of body."""

_TOO_LARGE = b"the request's headers are too large"


class BoundedProtocol(HttpToolsProtocol):
    """Closes the connection of a client that sends headers, or a refused body, without end."""

    linger_s: float = 30
    """Seconds that a client gets to finish sending a body that is refused already, so that it sees why."""

    _overhead = 0
    _lingering = False

    def data_received(self, data: bytes) -> None:
        """Count what came in as overhead, unless it brings a request forward."""
        self._overhead += len(data)
        super().data_received(data)
        if self._overhead > MAX_OVERHEAD and not self.transport.is_closing():
            self._refuse_headers()

    def on_body(self, body: bytes) -> None:
        """Take a piece of body; after an early answer, only for a while."""
        self._overhead = 0
        super().on_body(body)
        if self.cycle.response_complete and not self._lingering:
            self._lingering = True
            self.loop.call_later(self.linger_s, self._stop_lingering, self.cycle)

    def on_message_complete(self) -> None:
        """End a request."""
        self._overhead = 0
        self._lingering = False
        super().on_message_complete()

    def _stop_lingering(self, cycle: object) -> None:
        if self._lingering and self.cycle is cycle:
            self.transport.close()

    def _refuse_headers(self) -> None:
        head = (b"content-type: text/plain", b"content-length: %d" % len(_TOO_LARGE), b"connection: close")
        self.transport.write(STATUS_LINE[431] + b"\r\n".join(head) + b"\r\n\r\n" + _TOO_LARGE)
        self.transport.close()
