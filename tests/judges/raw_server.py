"""A judge endpoint made of bytes, for what no well-behaved server would send."""

import asyncio
import contextlib
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

HEADERS_END = b"\r\n\r\n"


@dataclass(slots=True)
class Received:
    """One request, as it came."""

    target: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    number: int
    """1 for the first request to the server."""
    connection: int
    """1 for the first connection to the server."""

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def id(self) -> str:
        return self.headers["x-request-id"]


Behaviour = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class RawServer:
    """Hands each request and the connection's writer to `behave`, and keeps what it received."""

    behave: Behaviour
    base_url: str = ""
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    open_connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_connections += 1
        number = self.connections
        try:
            while True:
                await self.behave(await self._receive(reader, number), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open_connections -= 1
            writer.close()

    async def _receive(self, reader: asyncio.StreamReader, connection: int) -> Received:
        head = (await reader.readuntil(HEADERS_END)).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        received = Received(first.split()[1], headers, body, len(self.received) + 1, connection)
        self.received.append(received)
        return received

    async def until_open(self, connections: int) -> None:
        """Wait until so many connections are open."""
        while self.open_connections != connections:  # noqa: ASYNC110 - the client's sockets have no event for us
            await asyncio.sleep(0.002)


@contextlib.asynccontextmanager
async def raw_server(behave: Behaviour) -> AsyncIterator[RawServer]:
    """Serve on a free loopback port until the block ends."""
    raw = RawServer(behave)
    handlers: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(asyncio.create_task(raw.serve(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=2**26)
    raw.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield raw
    finally:
        server.close()
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        await server.wait_closed()


def response(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> bytes:
    """A whole HTTP response."""
    fields = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Whatever\r\n{lines}\r\n".encode() + body


def completion(request_id: str = "", text: str = "yes", chance: float = 0.9, **other: object) -> bytes:
    """A chat completion of one token: `text` with probability `chance`, log-probabilities included."""
    rest = "no" if text == "yes" else "yes"
    top = [
        {"token": text, "logprob": math.log(chance), "bytes": None},
        {"token": rest, "logprob": math.log(1 - chance), "bytes": None},
    ]
    content = [{"token": text, "logprob": math.log(chance), "bytes": None, "top_logprobs": top}]
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text},
        "logprobs": {"content": content},
        "finish_reason": "length",
    }
    usage = {"prompt_tokens": 40, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 32}}
    body = {"id": f"chatcmpl-{request_id}", "model": "raw", "choices": [choice], "usage": usage, **other}
    return json.dumps(body).encode()


def replies(
    body: bytes | None = None, status: int = 200, headers: Mapping[str, str] | None = None
) -> Behaviour:
    """Answer every request with this; left out: with an honest completion that echoes its id."""

    async def behave(received: Received, writer: asyncio.StreamWriter) -> None:
        content = completion(received.id) if body is None else body
        writer.write(response(content, status, headers))

    return behave


def raw(content: bytes, *, close: bool = True) -> Behaviour:
    """Answer every request with these bytes, then close."""

    async def behave(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        if close:
            writer.close()

    return behave
