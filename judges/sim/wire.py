"""HTTP as the simulated judge speaks it: what a call is, what a reply is, and the bytes of one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from http import HTTPStatus

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Delivery(Enum):
    """How a reply reaches its client, or does not."""

    WHOLE = auto()
    TRUNCATED = auto()
    """Headers and half the body, then the connection closes."""
    DRIP = auto()
    """Headers, then a space every now and then without end."""
    DROPPED = auto()
    """The connection closes at once."""
    NEVER = auto()
    """Nothing, until the client leaves."""


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request, read to the end."""

    method: str
    path: str
    headers: dict[bytes, bytes]
    """Names in lower case."""
    body: bytes
    keep_alive: bool = True
    """Whether the client wants to use the connection again."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP response and the way it is delivered."""

    status: int = HTTPStatus.OK
    body: bytes = b""
    content_type: bytes = b"application/json"
    headers: Sequence[tuple[bytes, bytes]] = ()
    delivery: Delivery = Delivery.WHOLE


Deliver = Callable[[Reply], None]
Leave = Callable[[], None]
Handle = Callable[[Call, Deliver], Leave]
"""Replies to a call, at once or later. What it returns is called when the client leaves before that."""


def stay() -> None:
    """Nothing depends on the client."""


def head(reply: Reply, *, keep_alive: bool = True) -> bytes:
    """A response as far as its body. A body without end comes in chunks."""
    told = list(reply.headers)
    if reply.delivery is Delivery.DRIP:
        told.append((b"transfer-encoding", b"chunked"))
    else:
        told.append((b"content-length", b"%d" % len(reply.body)))
    if not keep_alive:
        told.append((b"connection", b"close"))
    lines = b"".join([b"%b: %b\r\n" % line for line in told])
    return b"%bcontent-type: %b\r\n%b\r\n" % (_status_line(reply.status), reply.content_type, lines)


@lru_cache
def _status_line(status: int) -> bytes:
    known = HTTPStatus(status)
    return b"HTTP/1.1 %d %b\r\nX-Gavel-Simulated: true\r\n" % (known, known.phrase.encode())
