"""One HTTP/1.1 response, read from bytes as they come. No I/O.

llhttp reads the header fields and the chunks. The end of the headers and a body of known length are found
here, so that it is known to the byte where a response ends: llhttp itself skips line ends between two
responses, and does not tell how much it has used of what it was given.
"""

from judges.transport import failures
from judges.transport.body import Body, body_of
from judges.transport.head import Head, Headers

MAX_HEAD = 65_536
"""Bytes of a status line with its header fields."""
MAX_INTERIM = 8
"""1xx responses before the one that counts."""

_END = b"\r\n\r\n"
_SWITCHING = 101


class Response:
    """A response on its way. Feed it until it is complete."""

    __slots__ = ("_body", "_earlier", "_head", "_interim", "_max_bytes", "complete", "received")

    def __init__(self, max_bytes: int) -> None:
        self.received = 0
        """Bytes so far."""
        self.complete = False
        self._max_bytes = max_bytes
        self._earlier = bytearray()
        self._interim = 0
        self._body: Body | None = None
        self._head: Head

    @property
    def status(self) -> int:
        """The status code, once the head is there."""
        return self._head.status

    @property
    def headers(self) -> Headers:
        """The header fields; no trailers."""
        return Headers(self._head.fields)

    @property
    def body(self) -> bytes:
        """The body, without the framing of its chunks."""
        assert self._body is not None
        parts = self._body.parts
        return parts[0] if len(parts) == 1 else b"".join(parts)

    @property
    def keeps_alive(self) -> bool:
        """Whether its connection can carry another call: the server says so, and sent nothing more."""
        return self.complete and self._head.keeps_alive and not self.surplus

    @property
    def surplus(self) -> bool:
        """Whether bytes came that are not part of the response."""
        return self._body is not None and self._body.surplus

    def feed(self, data: bytes) -> None:
        """Take the next bytes. Raises BackendError when they cannot belong to a response."""
        self.received += len(data)
        body = self._body
        if body is None:
            self._read_head(data)
        else:
            body.feed(data)
            self.complete = body.complete

    def end(self) -> None:
        """Take the end of the connection: it completes a body of unknown length."""
        if self._body is not None:
            self.complete = self._body.complete or self._body.ends_with_connection

    def _read_head(self, data: bytes) -> None:
        if self._earlier:
            data = self._with_earlier(data)
        end = data.find(_END) + len(_END)
        if end < len(_END):
            self._wait(data)
        elif end > MAX_HEAD:
            raise failures.not_http("its headers do not end")
        else:
            self._begin(Head(data[:end]), data[end:])

    def _with_earlier(self, data: bytes) -> bytes:
        # Only what is new is searched, so that headers that come byte by byte cost linear time.
        earlier = self._earlier
        start = max(0, len(earlier) - len(_END) + 1)
        earlier += data
        if len(earlier) <= MAX_HEAD and earlier.find(_END, start) < 0:
            return b""
        whole = bytes(earlier)
        earlier.clear()
        return whole

    def _wait(self, data: bytes) -> None:
        self._earlier += data
        if len(self._earlier) > MAX_HEAD:
            raise failures.not_http("its headers do not end")
        if self._earlier[:5] != b"HTTP/"[: len(self._earlier)]:
            raise failures.not_http("it does not begin with HTTP/")

    def _begin(self, head: Head, rest: bytes) -> None:
        if head.status < 200:
            self._skip(head, rest)
            return
        self._head = head
        body = self._body = body_of(head, self._max_bytes)
        body.feed(rest)
        self.complete = body.complete

    def _skip(self, interim: Head, rest: bytes) -> None:
        self._interim += 1
        if self._interim > MAX_INTERIM or interim.status == _SWITCHING:
            raise failures.not_http("interim responses without an end")
        if rest:
            self._read_head(rest)
