"""A judge made of bytes that can misbehave in every way bytes allow, over real sockets, in its own thread.

It answers honestly (see `truth`) except for the calls that `strikes` picks, which suffer `behave`.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from tests.judges.faults.truth import Key, key_of

Behaviour = Callable[["Call"], Awaitable[None] | None]

_HEAD_END = b"\r\n\r\n"
_RESET = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class Call:
    """One request, and the means to answer it."""

    connection: "Connection"
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    attempt: int = 1
    """How often its text and criterion have been asked, this time included."""

    @property
    def judge(self) -> "FaultyJudge":
        return self.connection.judge

    @property
    def id(self) -> str:
        return self.headers.get("x-request-id", "")

    @cached_property
    def request(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(self.body)
        return found

    @cached_property
    def key(self) -> Key:
        return key_of(self.request["messages"][-1]["content"])

    def send(self, content: bytes) -> None:
        self.connection.send(content)

    def respond(self, body: bytes, status: int = 200, **headers: str) -> None:
        """Send a whole response; `Retry_After="1"` is a header."""
        self.send(response(body, status, **headers))

    def close(self) -> None:
        self.connection.close()

    def reset(self) -> None:
        self.connection.reset()


def response(body: bytes, status: int = 200, **headers: str) -> bytes:
    """A whole HTTP response."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return head(status, {"Content-Length": str(len(body)), **named}) + body


def head(status: int = 200, headers: Mapping[str, str] | None = None) -> bytes:
    """A response up to its body, of a JSON type unless `headers` say otherwise."""
    fields = {"Content-Type": "application/json", **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Whatever\r\n{lines}\r\n".encode("latin-1")


class Connection(asyncio.Protocol):
    """One connection from the judge's client."""

    def __init__(self, judge: "FaultyJudge") -> None:
        self.judge = judge
        self.gone = False
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._writable = asyncio.Event()
        self._writable.set()
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.judge.connected(self)

    def connection_lost(self, _: Exception | None) -> None:
        self.gone = True
        self._writable.set()
        for task in self._tasks:
            task.cancel()
        self.judge.open.discard(self)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (call := self._next_call()) is not None:
            self._answer(call)

    def send(self, content: bytes) -> None:
        assert self._transport is not None
        if not self.gone:
            self._transport.write(content)

    async def drained(self) -> bool:
        """Wait until there is room for more; False once the client has gone."""
        await self._writable.wait()
        await asyncio.sleep(0)
        return not self.gone

    def deafen(self) -> None:
        """Read no more of what the client sends."""
        assert self._transport is not None
        self._transport.pause_reading()

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()

    def reset(self) -> None:
        """Close with RST in place of FIN."""
        assert self._transport is not None
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._transport.abort()

    def _next_call(self) -> Call | None:
        end = self._received.find(_HEAD_END)
        if end < 0:
            return None
        _, *lines = self._received[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        start = end + len(_HEAD_END)
        size = int(headers["content-length"])
        if len(self._received) < start + size:
            return None
        body = bytes(self._received[start : start + size])
        del self._received[: start + size]
        return Call(self, headers, body)

    def _answer(self, call: Call) -> None:
        work = self.judge.answer(call)
        if work is not None:
            self.judge.in_flight += 1
            task = asyncio.ensure_future(_finished(work))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self.judge.in_flight -= 1
        if not task.cancelled() and task.exception() is not None:
            self.judge.bugs.append(task.exception())


async def _finished(work: Awaitable[None]) -> None:
    await work


@dataclass(eq=False)
class FaultyJudge:
    """What it does, and what it has seen. Written by its own thread only, but for the first three."""

    honest: Behaviour
    behave: Behaviour | None = None
    strikes: Callable[[Call], bool] = lambda _: True
    greet: Callable[[Connection], None] | None = None
    """Called for each new connection, before anything was asked on it."""
    echoes: bool = True
    """Whether replies carry the request's id, as vLLM's do."""
    base_url: str = ""
    elsewhere: str = ""
    """Where it redirects to."""
    open: set[Connection] = field(default_factory=set)
    connections: int = 0
    peak: int = 0
    """Most connections open at once."""
    in_flight: int = 0
    """Calls received whose answer takes time and is neither complete nor given up by the client."""
    asked: Counter[Key] = field(default_factory=Counter)
    struck: int = 0
    bugs: list[BaseException | None] = field(default_factory=list)
    """What went wrong in the judge itself, of which there must be nothing."""
    last: Call | None = None
    """The call before this one, for replies that go astray."""

    def connected(self, connection: Connection) -> None:
        self.connections += 1
        self.open.add(connection)
        self.peak = max(self.peak, len(self.open))
        if self.greet is not None:
            self.greet(connection)

    def answer(self, call: Call) -> Awaitable[None] | None:
        """Answer honestly, or as badly as told."""
        self.asked[call.key] += 1
        call.attempt = self.asked[call.key]
        behave = self.honest
        if self.behave is not None and self.strikes(call):
            self.struck += 1
            behave = self.behave
        try:
            return behave(call)
        except Exception as error:  # noqa: BLE001 - a bug of the test's own, shown at its end
            self.bugs.append(error)
            return None
        finally:
            self.last = call


class JudgeHouse:
    """An event loop in a thread of its own, where judges live."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="judges", daemon=True)
        self._thread.start()

    @contextlib.contextmanager
    def judge(self, honest: Behaviour, **settings: Any) -> Iterator[FaultyJudge]:
        """Serve on a free loopback port until the block ends."""
        judge = FaultyJudge(honest, **settings)
        server = asyncio.run_coroutine_threadsafe(self._serve(judge), self._loop).result(10)
        try:
            yield judge
        finally:
            asyncio.run_coroutine_threadsafe(_end(server, judge), self._loop).result(10)
            assert judge.bugs == []

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self, judge: FaultyJudge) -> asyncio.Server:
        server = await self._loop.create_server(lambda: Connection(judge), "127.0.0.1", 0, backlog=1024)
        judge.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        return server


async def _end(server: asyncio.Server, judge: FaultyJudge) -> None:
    server.close()
    for connection in list(judge.open):
        connection.reset()
    while judge.open or judge.in_flight:  # noqa: ASYNC110 - a handful of callbacks that are already due
        await asyncio.sleep(0)
