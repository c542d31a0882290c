"""One endpoint of the null judge: HTTP in, canned completions out, and what it saw of its callers."""

import asyncio
import json
import time
from http import HTTPStatus
from typing import NamedTuple, cast

from benchmarks.null_judge.ledger import Ledger
from benchmarks.null_judge.replies import MODEL, answer
from benchmarks.null_judge.slots import Slots

_MODELS = json.dumps({"object": "list", "data": [{"id": MODEL, "object": "model"}]}).encode()


class Received(NamedTuple):
    """A whole request."""

    method: bytes
    path: bytes
    call_id: bytes
    """Its `X-Request-Id`, which the reply's id holds as vLLM's does."""
    body: bytes
    size: int
    """Bytes it took of the stream."""


def take(stream: bytes) -> Received | None:
    """The request that `stream` begins with, once it is whole."""
    end = stream.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = stream[:end].lower()
    size = end + 4 + int(_header(head, b"content-length") or 0)
    if len(stream) < size:
        return None
    method, path, _ = stream[:end].split(b" ", 2)
    return Received(method, path, _header(head, b"x-request-id"), stream[end + 4 : size], size)


def _header(head: bytes, name: bytes) -> bytes:
    start = head.find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    start += len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else len(head)].strip()


class Replica:
    """What the connections to one port have in common."""

    def __init__(self, number: int, slots: Slots, ledger: Ledger) -> None:
        self.number = number
        self.slots = slots
        self.ledger = ledger

    def connection(self) -> "Connection":
        return Connection(self)


class Connection(asyncio.Protocol):
    """One call at a time; it is itself the call that waits for a slot."""

    _transport: asyncio.Transport

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._stream = b""
        self._request: Received | None = None
        self._arrived = 0.0
        self.gone = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name

    def data_received(self, data: bytes) -> None:
        self._stream = self._stream + data if self._stream else data
        if self._request is None:
            self._next()

    def connection_lost(self, _: Exception | None) -> None:
        self.gone = True
        if self._request is not None:
            self._replica.ledger.cancelled += 1
            self._replica.slots.leave(self)

    def start(self) -> None:
        assert self._request is not None
        self._replica.ledger.admitted(self._replica.number, self._request.body)

    def finish(self) -> None:
        request = self._request
        assert request is not None
        self._replica.ledger.answered(time.monotonic() - self._arrived)
        self._request = None
        reply = answer(request.path, request.body)
        self._write(reply.http(request.call_id or b"%d" % self._replica.ledger.calls))
        self._next()

    def _next(self) -> None:
        found = take(self._stream)
        if found is None:
            return
        self._stream = self._stream[found.size :]
        if found.method == b"POST" and found.path.endswith(b"/chat/completions"):
            self._request, self._arrived = found, time.monotonic()
            self._replica.ledger.calls += 1
            self._replica.slots.enter(self)
        else:
            self._write(self._other(found))
            self._next()

    def _other(self, found: Received) -> bytes:
        if found.path == b"/stats":
            told = self._replica.ledger.read()
            if found.method == b"POST":
                self._replica.ledger.clear()
            return _response(HTTPStatus.OK, told)
        if found.path.endswith(b"/models"):
            return _response(HTTPStatus.OK, _MODELS)
        return _response(HTTPStatus.NOT_FOUND, b"{}")

    def _write(self, data: bytes) -> None:
        if not self.gone:
            self._transport.write(data)


def _response(status: int, body: bytes) -> bytes:
    head = b"HTTP/1.1 %d -\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(body)) + body
