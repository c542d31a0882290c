"""Bodies of responses, read from bytes as they come: of known length, in chunks, up to the end.

A reader is fed until it is complete; bytes that it did not need are its surplus. A body is at most
`max_bytes` long, and so is, within reason, what frames it.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from httptools import HttpParserError, HttpResponseParser

from judges.transport import failures
from judges.transport.head import Head

FRAMING = 8
"""Bytes that chunks may take for each byte of the longest body."""
MOST_TRAILERS = 65_536

_WITHOUT = frozenset({204, 304})
_CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Body(ABC):
    """A body on its way."""

    __slots__ = ("complete", "parts", "surplus")

    ends_with_connection: ClassVar[bool] = False

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.complete = False
        self.surplus = False
        """Whether bytes came that are not part of the response."""

    @abstractmethod
    def feed(self, data: bytes) -> None:
        """Take the next bytes. Raises BackendError."""


class Counted(Body):
    """A body of known length."""

    __slots__ = ("_left",)

    def __init__(self, length: int) -> None:
        super().__init__()
        self._left = length

    def feed(self, data: bytes) -> None:
        if len(data) > self._left:
            data, self.surplus = data[: self._left], True
        self._left -= len(data)
        self.parts.append(data)
        self.complete = not self._left


class ToEnd(Body):
    """A body of unknown length."""

    __slots__ = ("_left", "_max_bytes")

    ends_with_connection = True

    def __init__(self, max_bytes: int) -> None:
        super().__init__()
        self._left = self._max_bytes = max_bytes

    def feed(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            raise failures.too_long(self._max_bytes)
        self.parts.append(data)


class Chunked(Body):
    """A body in chunks; its trailers are not kept."""

    __slots__ = ("_framing", "_left", "_max_bytes", "_parser", "_tail")

    def __init__(self, max_bytes: int) -> None:
        super().__init__()
        self._left = self._max_bytes = max_bytes
        self._framing = max_bytes * FRAMING + MOST_TRAILERS
        self._tail = b""
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        self._parser.feed_data(_CHUNKED_HEAD)

    def feed(self, data: bytes) -> None:
        self._framing -= len(data)
        self._tail = (self._tail + data[-5:])[-5:]
        self._parse(data)
        if self._left < 0 or self._framing < 0:
            raise failures.too_long(self._max_bytes)
        if self.complete:
            # llhttp skips line ends after a response; without any, the last bytes are x CR LF CR LF.
            self.surplus |= self._tail[-4:] != b"\r\n\r\n" or self._tail[:1] in b"\r\n"
            self._parser = None

    def _parse(self, data: bytes) -> None:
        assert self._parser is not None
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            if not self.complete and self._left >= 0:
                raise failures.not_http(f"{error!s:.60}") from None
            self.surplus = True

    def on_body(self, data: bytes) -> None:
        """Take a chunk from the parser."""
        self._left -= len(data)
        if self._left < 0:
            raise failures.too_long(self._max_bytes)
        self.parts.append(data)

    def on_message_begin(self) -> None:
        """Stop at another response after the one that was asked for."""
        if self.complete:
            raise failures.unsolicited("two responses to one request")

    def on_message_complete(self) -> None:
        """Take note of the last chunk."""
        self.complete = True


def body_of(head: Head, max_bytes: int) -> Body:
    """What reads the body that comes after a head. Raises BackendError when it is too long for sure."""
    if head.status in _WITHOUT:
        return Counted(0)
    encoding = head.fields.get(b"transfer-encoding")
    if encoding is not None:
        if encoding.lower() != b"chunked":
            raise failures.not_http("a transfer encoding that was not asked for")
        return Chunked(max_bytes)
    length = head.fields.get(b"content-length")
    if length is None:
        return ToEnd(max_bytes)
    if int(length) > max_bytes:  # llhttp has made sure that it is one number
        raise failures.too_long(max_bytes)
    return Counted(int(length))
