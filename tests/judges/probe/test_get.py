"""A GET meets what an endpoint can be: well, slow, silent, endless or no HTTP at all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from judges.backend import BackendError
from judges.probe.get import MOST_BYTES, get
from rubrics.cause import Cause


@contextlib.asynccontextmanager
async def saying(content: bytes, *, close: bool = True) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that reads a request's head and answers with these bytes."""
    heads: list[bytes] = []
    over = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(content)
            await writer.drain()
            if not close:
                await over.wait()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/models", heads
    finally:
        over.set()
        server.close()
        await server.wait_closed()


async def failure(content: bytes, *, close: bool = True, timeout_s: float = 10.0) -> BackendError:
    async with saying(content, close=close) as (url, _):
        with pytest.raises(BackendError) as raised:
            await get(url, {}, timeout_s=timeout_s)
    return raised.value


async def test_a_response_is_read_with_its_headers() -> None:
    async with saying(b"HTTP/1.1 404 No\r\nX-Who: me\r\nContent-Length: 2\r\n\r\nhi") as (url, heads):
        page = await get(url, {"Authorization": "Bearer k"})
    assert (page.status, page.headers.get("x-who"), page.body) == (404, "me", b"hi")
    lines = heads[0].decode().split("\r\n")
    assert lines[0] == "GET /v1/models HTTP/1.1"
    assert "Authorization: Bearer k" in lines
    assert "Accept-Encoding: identity" in lines


async def test_a_body_may_end_with_its_connection() -> None:
    async with saying(b"HTTP/1.1 200 OK\r\n\r\n{}") as (url, _):
        assert (await get(url, {})).body == b"{}"


async def test_redirects_are_not_followed() -> None:
    async with saying(b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n") as (url, heads):
        assert (await get(url, {})).status == 302
    assert len(heads) == 1


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", Cause.JUDGE_UNREACHABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Le", Cause.JUDGE_UNREACHABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", Cause.JUDGE_UNREACHABLE),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Cause.JUDGE_GARBLED),
        (b"\x15\x03\x01\x00\x02\x02\x28", Cause.JUDGE_GARBLED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", Cause.JUDGE_GARBLED),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MOST_BYTES + 1), Cause.JUDGE_GARBLED),
    ],
)
async def test_what_is_no_whole_response_has_its_cause(content: bytes, cause: Cause) -> None:
    assert (await failure(content)).cause == cause


async def test_a_silent_server_is_not_waited_for() -> None:
    assert (await failure(b"", close=False, timeout_s=0.05)).cause == Cause.JUDGE_TIMEOUT
    drip = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"
    assert (await failure(drip, close=False, timeout_s=0.05)).cause == Cause.JUDGE_TIMEOUT


async def test_nobody_there() -> None:
    async with saying(b"") as (url, _):
        pass
    with pytest.raises(BackendError) as raised:
        await get(url, {})
    assert raised.value.cause == Cause.JUDGE_UNREACHABLE
