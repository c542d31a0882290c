"""The bounds on what follows an early answer, with a clock that is faster than the server's."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from reward_server.http.protocol import BoundedProtocol

HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK = b"1000\r\n" + b" " * 0x1000 + b"\r\n"


class Hasty(BoundedProtocol):
    """Lingers for a moment only."""

    linger_s = 0.1


@contextlib.asynccontextmanager
async def answering_early() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server that answers 413 without reading any body."""
    app = PlainTextResponse("no", 413)
    config = uvicorn.Config(app, http=Hasty, lifespan="off", log_config=None, ws="none")
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(server._serve([listener]))
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        server.should_exit = True
        await serving


async def test_p19_a_refused_body_without_end_closes_the_connection() -> None:
    async with answering_early() as (reader, writer):
        writer.write(HEAD)
        assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(flood(writer), 5)


async def flood(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(CHUNK)
        await writer.drain()
        await asyncio.sleep(0)


async def test_a_refused_body_that_ends_leaves_the_connection_open() -> None:
    async with answering_early() as (reader, writer):
        started = time.monotonic()
        while time.monotonic() - started < 3 * Hasty.linger_s:
            writer.write(HEAD + CHUNK * 10 + b"0\r\n\r\n")
            assert await reader.readuntil(b"\r\n\r\nno")
