"""POSTs over real sockets, against a peer that does what it is told to."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import EAI_NONAME, gaierror
from threading import Thread

import pytest
import uvloop

from judges.backend import BackendError
from judges.transport import dial, pool
from judges.transport.connection import Connection
from judges.transport.failures import no_connection
from judges.transport.http import Http, HttpReply
from rubrics.cause import Cause
from tests.judges.transport.peer import Listener, Peer, listener, ok

BODY = b'{"model": 1}'


@asynccontextmanager
async def client(url: str, connections: int | None = None, max_bytes: int = 2**20) -> AsyncIterator[Http]:
    http = Http(url, {"X-Fixed": "1"}, connections=connections, max_bytes=max_bytes)
    try:
        yield http
    finally:
        await http.aclose()


def posting(http: Http, body: bytes | list[bytes] = BODY) -> asyncio.Task[HttpReply]:
    return asyncio.create_task(http.post(body, {"X-Request-Id": "7"}))


async def failure(call: asyncio.Task[HttpReply]) -> BackendError:
    with pytest.raises(BackendError) as caught:
        await call
    assert caught.value.__cause__ is None
    return caught.value


async def answered(there: Listener | Peer, call: asyncio.Task[HttpReply], body: bytes) -> Peer:
    """Have the call answered with `body`, on a new connection where `there` listens."""
    peer = await there.accept() if isinstance(there, Listener) else there
    await peer.request()
    peer.send(ok(body))
    assert (await call).body == body
    return peer


async def test_a_request_is_what_was_asked_for_to_the_byte() -> None:
    async with listener() as there, client(there.url) as http:
        call = posting(http, [b'{"model"', b": ", b"1}"])
        peer = await there.accept()
        assert (
            await peer.request()
            == (
                f"POST /v1/chat HTTP/1.1\r\nHost: {there.authority}\r\nAccept-Encoding: identity\r\n"
                "X-Fixed: 1\r\nX-Request-Id: 7\r\nContent-Length: 12\r\n\r\n"
            ).encode()
            + BODY
        )
        peer.send(b"HTTP/1.1 429 Later\r\nretry-AFTER: 7\r\nContent-Length: 2\r\n\r\n{}")
        reply = await call
    assert (reply.status, reply.body, reply.headers.get("Retry-After")) == (429, b"{}", "7")


async def test_a_connection_is_used_again_and_the_latest_first() -> None:
    async with listener() as there, client(there.url) as http:
        one, other = posting(http), posting(http)
        first = await answered(there, one, b"1")
        second = await answered(there, other, b"2")
        for text in (b"3", b"4"):
            await answered(second, posting(http), text)
        both = posting(http), posting(http)
        await answered(second, both[0], b"5")
        await answered(first, both[1], b"6")


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n1",
        b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n1",
        ok(b"1") + b"\r\n",
        ok(b"1") + ok(b"2"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n1\r\n0\r\n\r\n\r\n",
    ],
)
async def test_p05_a_connection_that_may_hold_more_is_not_used_again(reply: bytes) -> None:
    async with listener() as there, client(there.url) as http:
        call = posting(http)
        peer = await there.accept()
        await peer.request()
        peer.send(reply)
        assert (await call).body == b"1"
        assert await peer.gone()
        await answered(there, posting(http), b"3")


async def test_p05_bytes_that_the_event_loop_has_not_seen_are_no_answer() -> None:
    async with listener() as there, client(there.url) as http:
        peer = await answered(there, posting(http), b"1")
        peer.send(ok(b"stale"))
        call = http.post(BODY, {})  # runs up to its request without a turn of the loop
        accepting = asyncio.create_task(there.accept())
        reply = asyncio.create_task(call)
        other = await accepting
        await other.request()
        other.send(ok(b"fresh"))
        assert (await reply).body == b"fresh"
        assert await peer.gone()


async def test_p05_bytes_on_a_resting_connection_close_it() -> None:
    async with listener() as there, client(there.url) as http:
        peer = await answered(there, posting(http), b"1")
        peer.send(b"\r\n")
        assert await peer.gone()
        await answered(there, posting(http), b"2")


async def test_p05_a_response_before_the_first_request_is_no_answer() -> None:
    async with listener() as there:
        lost: list[Connection] = []
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(1000, made=lambda _: None, lost=lost.append), "127.0.0.1", there.port
        )
        peer = await there.accept()
        assert not connection.spoke_first()
        peer.send(ok(b"early"))
        assert connection.spoke_first()
        assert await peer.gone()  # by now the loop has seen it
        assert connection.spoke_first()
        assert lost == [connection]


async def test_p05_a_200_before_the_request_is_sent_is_no_answer() -> None:
    async with listener() as there, client(there.url) as http:
        call = posting(http, b"x" * 2**24)
        peer = await there.accept()
        await peer.some()
        peer.send(ok(b"early"))
        assert (await failure(call)).cause == Cause.JUDGE_MISMATCHED


async def test_a_refusal_before_the_request_is_sent_is_heard() -> None:
    async with listener() as there, client(there.url) as http:
        call = posting(http, b"x" * 2**24)
        peer = await there.accept()
        await peer.some()
        peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        assert (await call).status == 413
        await answered(there, posting(http), b"2")


async def test_p13_a_cancelled_call_closes_its_connection_at_once() -> None:
    async with listener() as there, client(there.url) as http:
        for reply_begun in (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"):
            call = posting(http)
            peer = await there.accept()
            await peer.request()
            peer.send(reply_begun)
            call.cancel()
            assert await peer.gone()
            assert call.cancelled()
        await answered(there, posting(http), b"1")


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
async def test_a_connection_that_ends_early_is_unreachable(sent: bytes) -> None:
    async with listener() as there, client(there.url) as http:
        calls = posting(http), posting(http)
        for peer in (await there.accept(), await there.accept()):
            await peer.request()
            peer.send(sent)
            peer.close()
        errors = [await failure(call) for call in calls]
    when = f"after {len(sent)} bytes of a reply" if sent else "before a reply"
    assert [error.cause for error in errors] == [Cause.JUDGE_UNREACHABLE] * 2
    assert [error.detail for error in errors] == [f"the connection was closed {when}"] * 2


async def test_a_reset_connection_is_unreachable() -> None:
    async with listener() as there, client(there.url) as http:
        call = posting(http)
        peer = await there.accept()
        await peer.request()
        peer.reset()
        error = await failure(call)
    assert (error.cause, error.retryable) == (Cause.JUDGE_UNREACHABLE, True)
    assert error.detail == "the connection broke (ConnectionResetError) before a reply"


async def test_a_body_of_unknown_length_is_read_to_the_end() -> None:
    async with listener() as there, client(there.url) as http:
        call = posting(http)
        peer = await there.accept()
        await peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\n\r\nall of it")
        peer.close()
        assert (await call).body == b"all of it"


async def test_a_server_that_closes_between_calls_is_connected_to_anew() -> None:
    async with listener() as there, client(there.url) as http:
        peer = await answered(there, posting(http), b"1")
        peer.close()  # the client's loop has no turn before the next call
        await answered(there, posting(http), b"2")


async def test_calls_beyond_the_limit_wait_and_may_be_cancelled_there() -> None:
    async with listener() as there, client(there.url, connections=2) as http:
        calls = [posting(http) for _ in range(4)]
        peers = [await there.accept(), await there.accept()]
        calls[2].cancel()
        await answered(peers[0], calls[0], b"0")
        await answered(peers[0], calls[3], b"3")
        await answered(peers[1], calls[1], b"1")
        assert calls[2].cancelled()
        one_more = asyncio.create_task(there.accept())
        await answered(peers[1], posting(http), b"5")
        assert not one_more.done()
        one_more.cancel()


async def test_connections_do_not_rest_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "IDLE_S", 0.01)
    async with listener() as there, client(there.url) as http:
        calls = posting(http), posting(http)
        peers = [await answered(there, call, b"1") for call in calls]
        assert [await peer.gone() for peer in peers] == [True, True]
        await answered(there, posting(http), b"2")


async def test_closing_closes_everything_and_fails_what_is_in_progress() -> None:
    async with listener() as there, client(there.url) as http:
        resting = await answered(there, posting(http), b"1")
        calls = posting(http), posting(http)
        await resting.request()
        busy = await there.accept()
        await busy.request()
        await http.aclose()
        assert [await peer.gone() for peer in (resting, busy)] == [True, True]
        assert [(await failure(call)).cause for call in calls] == [Cause.JUDGE_UNREACHABLE] * 2


async def test_nobody_there_is_unreachable() -> None:
    async with listener() as there:
        pass
    async with client(there.url) as http:
        error = await failure(posting(http))
    assert (error.cause, error.retryable) == (Cause.JUDGE_UNREACHABLE, True)
    assert error.detail == f"no connection: {there.authority}, Connection refused"


async def test_a_handshake_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dial, "CONNECT_S", 0.2)
    dial.tls()
    async with listener() as there, client(there.url.replace("http:", "https:")) as http:
        error = await failure(posting(http))
        assert await (await there.accept()).some()  # its hello
    assert (error.cause, error.retryable) == (Cause.JUDGE_UNREACHABLE, True)
    assert error.detail == f"no connection: {there.authority}, it took too long"


async def test_p13_a_call_may_be_cancelled_while_it_connects() -> None:
    async with listener() as there, client(there.url.replace("http:", "https:")) as http:
        call = posting(http)
        peer = await there.accept()
        await peer.some()  # the client's hello
        call.cancel()
        assert await peer.gone()
        assert call.cancelled()


async def test_p13_calls_cancelled_at_any_moment_leave_nothing_behind(echo: str) -> None:
    async with client(echo) as http:
        for turns in range(60):
            call = posting(http)
            for _ in range(turns % 20):
                await asyncio.sleep(0)
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
        await all_come_back(http, 3)
        assert http._pool is not None
        await http._pool.aclose()
        assert not http._pool._open


async def test_ipv6() -> None:
    async with listener("::1") as there, client(there.url) as http:
        call = posting(http)
        peer = await there.accept()
        assert f"\r\nHost: {there.authority}\r\n".encode() in await peer.request()
        peer.send(ok(b"1"))
        assert (await call).body == b"1"


async def test_a_name_is_tried_at_each_of_its_addresses() -> None:
    """`localhost` is ::1 as well where IPv6 is set up, and there nobody listens."""
    async with listener() as there, client(f"http://localhost:{there.port}/v1") as http:
        call = posting(http)
        peer = await there.accept()
        assert f"\r\nHost: localhost:{there.port}\r\n".encode() in await peer.request()
        peer.send(ok(b"1"))
        assert (await call).body == b"1"
        peer.close()
        await answered(there, posting(http), b"2")


async def test_a_fixed_address_stands_in_for_the_name() -> None:
    async with listener() as there:
        url = f"http://judge.example:{there.port}/v1"
        http = Http(url, {}, connections=None, max_bytes=1000, address="127.0.0.1")
        call = posting(http)
        peer = await there.accept()
        assert f"\r\nHost: judge.example:{there.port}\r\n".encode() in await peer.request()
        peer.send(ok(b"1"))
        assert (await call).body == b"1"
        await http.aclose()


class Echo(BaseHTTPRequestHandler):
    """A server that somebody else wrote."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None: ...


class EchoServer(ThreadingHTTPServer):
    request_queue_size = 512


@pytest.fixture
def echo() -> Iterator[str]:
    with EchoServer(("127.0.0.1", 0), Echo) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        serving.join()


async def all_come_back(http: Http, calls: int) -> None:
    async def call(number: int) -> bool:
        return (await http.post(b"%d" % number, {})).body == b"%d" % number

    assert all(await asyncio.gather(*map(call, range(calls))))


async def test_many_calls_at_once_share_nothing_but_the_pool(echo: str) -> None:
    async with client(echo) as http:
        for _ in range(3):
            await all_come_back(http, 100)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the first loop's connections are left to it
@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_new_event_loop_gets_connections_of_its_own(
    echo: str, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    http = Http(echo, {}, connections=4, max_bytes=1000)

    async def use(*, last: bool) -> None:
        await all_come_back(http, 8)
        if last:
            await http.aclose()

    for last in (False, True):
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(use(last=last))


def test_an_unknown_name_is_said_to_be_one() -> None:
    error = no_connection("nowhere:80", gaierror(EAI_NONAME, "Name or service not known"))
    assert error.retryable
    assert error.detail == (
        "no connection: nowhere:80, the name cannot be resolved (Name or service not known)"
    )
