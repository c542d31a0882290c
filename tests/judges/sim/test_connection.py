"""HTTP to the letter, over bare sockets."""

import asyncio
import json

import pytest

from tests.judges.sim.client import chat_body, counters_when
from tests.judges.sim.conftest import INSTANT
from tests.processes import ServerProcess, start_sim

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(server: ServerProcess) -> Stream:
    host, _, port = server.root_url.removeprefix("http://").partition(":")
    return await asyncio.open_connection(host, int(port))


def chat(call_id: str, *headers: str) -> bytes:
    body = json.dumps(chat_body()).encode()
    lines = ["POST /v1/chat/completions?x=1 HTTP/1.1", "Host: judge", f"X-Request-Id: {call_id}", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


async def response(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    async with asyncio.timeout(10):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return head, await reader.readexactly(length)


async def test_requests_sent_together_are_answered_in_their_order(sim: ServerProcess) -> None:
    reader, writer = await connect(sim)
    writer.write(b"".join(chat(f"r{number}") for number in range(50)))
    ids = [json.loads((await response(reader))[1])["id"] for _ in range(50)]
    assert ids == [f"chatcmpl-r{number}" for number in range(50)]
    writer.close()


async def test_a_request_may_come_byte_by_byte(sim: ServerProcess) -> None:
    reader, writer = await connect(sim)
    for byte in chat("slow"):
        writer.write(bytes([byte]))
        await writer.drain()
    head, body = await response(reader)
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert json.loads(body)["id"] == "chatcmpl-slow"
    writer.close()


async def test_a_connection_that_shall_close_closes(sim: ServerProcess) -> None:
    reader, writer = await connect(sim)
    writer.write(chat("last", "Connection: close"))
    head, _ = await response(reader)
    assert b"connection: close" in head
    assert await reader.read() == b""
    writer.close()


async def test_a_client_that_waits_to_be_asked_is_asked(sim: ServerProcess) -> None:
    reader, writer = await connect(sim)
    head, _, body = chat("asked", "Expect: 100-continue").partition(b"\r\n\r\n")
    writer.write(head + b"\r\n\r\n")
    async with asyncio.timeout(10):
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(body)
    assert json.loads((await response(reader))[1])["id"] == "chatcmpl-asked"
    writer.close()


@pytest.mark.parametrize("garbage", [b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\nbad header\r\n\r\n"])
async def test_what_is_not_http_gets_a_400_and_the_end(sim: ServerProcess, garbage: bytes) -> None:
    reader, writer = await connect(sim)
    writer.write(garbage)
    head, _ = await response(reader)
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\nX-Gavel-Simulated: true\r\n")
    assert await reader.read() == b""
    writer.close()


async def test_a_chunked_request_is_read(sim: ServerProcess) -> None:
    reader, writer = await connect(sim)
    body = json.dumps(chat_body()).encode()
    parts = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:10], body[10:]))
    head = b"POST /v1/chat/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    writer.write(head + parts + b"0\r\n\r\n")
    assert (await response(reader))[0].startswith(b"HTTP/1.1 200 OK\r\n")
    writer.close()


async def test_a_client_that_leaves_in_a_stall_is_let_go() -> None:
    with start_sim(*INSTANT, "--stall", "0:600") as server:
        _, writer = await connect(server)
        writer.write(chat("gone"))
        await counters_when(server, lambda counters: counters["in_flight"] == 1)
        writer.close()
        counters = await counters_when(server, lambda counters: counters["in_flight"] == 0)
        assert counters["requests"] == {"cancelled": 1}
