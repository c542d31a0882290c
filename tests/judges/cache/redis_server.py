"""A server that speaks just enough of Redis to lie to its clients."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

Command = list[bytes]
Answer = Callable[[Command], bytes | None]
"""What is sent for MGET and EVAL; None says nothing at all."""


@dataclass
class FakeRedis:
    """Hands what counts to `answer`, and agrees to everything else."""

    answer: Answer
    url: str = ""
    commands: list[Command] = field(default_factory=list)
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ValueError):
            while True:
                await self._reply(await command(reader), writer)
        writer.close()

    async def _reply(self, received: Command, writer: asyncio.StreamWriter) -> None:
        if received[0] not in (b"MGET", b"EVAL"):
            writer.write(b"+OK\r\n")
            return
        self.commands.append(received)
        content = self.answer(received)
        if content is not None:
            writer.write(content)
            await writer.drain()


def on_loopback() -> socket.socket:
    """A socket bound to a free port, where nobody listens yet."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound


def url_of(bound: socket.socket) -> str:
    return f"redis://127.0.0.1:{bound.getsockname()[1]}/0"


async def command(reader: asyncio.StreamReader) -> Command:
    """Read one command: an array of bulk strings."""
    parts = int((await reader.readuntil())[1:])
    return [await _bulk(reader) for _ in range(parts)]


async def _bulk(reader: asyncio.StreamReader) -> bytes:
    size = int((await reader.readuntil())[1:])
    return (await reader.readexactly(size + 2))[:-2]


@contextlib.asynccontextmanager
async def fake_redis(answer: Answer, bound: socket.socket | None = None) -> AsyncIterator[FakeRedis]:
    """Serve on a loopback port until the block ends: a free one, or that of a socket that is bound to one."""
    bound = bound or on_loopback()
    fake = FakeRedis(answer)
    handlers: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(asyncio.create_task(fake.serve(reader, writer)))

    server = await asyncio.start_server(connected, sock=bound)
    fake.url = url_of(bound)
    try:
        yield fake
    finally:
        server.close()
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        await server.wait_closed()


def array(values: list[bytes | None]) -> bytes:
    """An array of bulk strings; None is a value that is not there."""
    return b"*%d\r\n" % len(values) + b"".join(bulk(value) for value in values)


def bulk(value: bytes | None) -> bytes:
    return b"$-1\r\n" if value is None else b"$%d\r\n%b\r\n" % (len(value), value)
