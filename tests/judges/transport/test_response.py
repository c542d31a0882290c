"""Responses from bytes, in whatever pieces they come."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judges.backend import BackendError
from judges.transport.response import MAX_HEAD, Response
from rubrics.cause import Cause

BODY = b'{"choices": []}\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'
COUNTED = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nX-A: 1\r\nx-a: 2\r\n\r\n" % len(BODY) + BODY
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nX-A: 1, 2\r\n\r\n"
    b"5;ext=1\r\n" + BODY[:5] + b"\r\n%x\r\n" % len(BODY[5:]) + BODY[5:] + b"\r\n0\r\nX-A: trailer\r\n\r\n"
)
INTERIM = b"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\nLink: a\r\n\r\n"
WHOLE = {
    "counted": COUNTED,
    "chunked": CHUNKED,
    "after interim responses": b"HTTP/1.1 100 Continue\r\n\r\n" + INTERIM * 2 + COUNTED,
}


def read(*pieces: bytes, max_bytes: int = 10_000) -> Response:
    found = Response(max_bytes)
    for piece in pieces:
        assert not found.complete
        found.feed(piece)
    return found


def failed(*pieces: bytes, max_bytes: int = 10_000) -> str:
    with pytest.raises(BackendError) as caught:
        read(*pieces, max_bytes=max_bytes)
    assert caught.value.cause == Cause.JUDGE_GARBLED
    assert caught.value.retryable
    return caught.value.detail


def is_whole(found: Response) -> bool:
    taken_apart = (found.status, found.headers.get("X-A"), found.body)
    return found.complete and taken_apart == (200, "1, 2", BODY)


@pytest.mark.parametrize("kind", WHOLE)
def test_a_response_is_the_same_however_it_is_split(kind: str) -> None:
    whole = WHOLE[kind]
    for at in range(1, len(whole)):
        found = read(whole[:at], whole[at:])
        assert is_whole(found)
        assert found.keeps_alive
        assert not found.surplus
    assert is_whole(read(*(whole[at : at + 1] for at in range(len(whole)))))


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("more", [b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"x", COUNTED, b"\0", b"HTTP/1.1 200"])
def test_p05_a_byte_beyond_the_response_is_noticed(kind: str, more: bytes) -> None:
    whole = WHOLE[kind]
    for at in (len(whole) - 7, len(whole) - 1):
        found = read(whole[:at], whole[at:] + more)
        assert is_whole(found)
        assert found.surplus
    assert read(whole + more).surplus


@pytest.mark.parametrize("kind", WHOLE)
def test_a_response_is_not_complete_before_its_last_byte(kind: str) -> None:
    whole = WHOLE[kind]
    for at in range(1, len(whole)):
        found = read(whole[:at])
        assert not found.complete
        found.end()
        assert not found.complete


def test_a_body_of_unknown_length_ends_with_the_connection() -> None:
    found = read(b"HTTP/1.1 200 OK\r\nX-A: 1, 2\r\n\r\n", BODY[:9], BODY[9:])
    assert not found.complete
    found.end()
    assert is_whole(found)
    assert not found.keeps_alive


@pytest.mark.parametrize("status", [204, 304])
def test_some_responses_have_no_body_whatever_they_say(status: int) -> None:
    head = b"HTTP/1.1 %d No\r\nContent-Length: 5\r\n\r\n" % status
    assert read(head).complete
    assert not read(head).surplus
    assert read(head + b"hello").surplus


@pytest.mark.parametrize(
    ("lines", "keeps_alive"),
    [
        (b"HTTP/1.1 200 OK\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n", False),
        (b"HTTP/1.1 200 OK\r\nConnection: x, Close\r\n", False),
        (b"HTTP/1.0 200 OK\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", True),
    ],
)
def test_the_server_says_whether_the_connection_goes_on(lines: bytes, keeps_alive: bool) -> None:
    assert read(lines + b"Content-Length: 0\r\n\r\n").keeps_alive == keeps_alive


@pytest.mark.parametrize(
    "head",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\r\nHTTP/1.1 200 OK",
        b"HTTP/1.1 two hundred",
        b"HTTP/3 200 OK",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5",
        b"HTTP/1.1 200 OK\r\nContent-Length: +5",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0x5",
        b"HTTP/1.1 200 OK\r\nContent-Length: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        b"HTTP/1.1 200 OK\r\nContent-Length : 5",
        b"HTTP/1.1 200 OK\r\nX: a\r\n folded",
        b"HTTP/1.1 200 OK\r\nX: a\nContent-Length: 5",
        b"HTTP/1.1 200 OK\r\nX: a\rContent-Length: 5",
        b"HTTP/1.1 200 OK\r\nX: \0",
        b"HTTP/1.1 200 OK\r\n: 5",
        b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade",
        b"HTTP/1.1 101 Switching",
    ],
)
def test_heads_that_two_readers_could_take_differently_are_refused(head: bytes) -> None:
    assert "not HTTP" in failed(head + b"\r\n\r\nhello") or head.endswith(b"999")


@pytest.mark.parametrize("size", [b"zz", b"", b"-5", b"0x5", b"5\n", b" 5", b"f" * 17])
def test_a_chunk_needs_a_size(size: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert failed(head + size + b"\r\nhello\r\n0\r\n\r\n")


def test_p19_what_does_not_end_is_cut_off() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert "headers do not end" in failed(*([b"HTTP/1.1 200 OK\r\nX: "] + [b"a" * 1000] * 100))
    assert "headers do not end" in failed(b"HTTP/1.1 200 OK\r\nX: " + b"a" * MAX_HEAD + b"\r\n\r\n")
    assert "interim" in failed(*[INTERIM] * 100)
    assert "interim" in failed(INTERIM * 100)
    assert "max_reply_bytes (10,000)" in failed(b"HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\n")
    assert "max_reply_bytes (10,000)" in failed(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 9000, b"a" * 1001)
    assert "max_reply_bytes" in failed(chunked, *[b"400\r\n" + b"a" * 1024 + b"\r\n"] * 10)
    assert "max_reply_bytes" in failed(chunked, *[b"1;" + b"x" * 1000 + b"\r\na\r\n"] * 1000)
    assert "max_reply_bytes" in failed(chunked, b"1;", *[b"x" * 1000] * 1000)
    assert "max_reply_bytes" in failed(chunked, b"0\r\n", *[b"x: y\r\n" * 1000] * 1000)


def test_headers_that_come_byte_by_byte_cost_linear_time() -> None:
    head = b"HTTP/1.1 200 OK\r\nX: " + b"a" * 60_000
    found = Response(10_000)
    started = time.process_time()
    for at in range(len(head)):
        found.feed(head[at : at + 1])
    assert time.process_time() - started < 1.0


def test_what_is_not_http_is_known_by_its_first_byte() -> None:
    assert "begin with HTTP/" in failed(b"<")


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=4))
def test_no_bytes_raise_anything_but_a_backend_error(tail: bytes, cuts: list[int]) -> None:
    for start in (b"", b"HTTP/1.1 200 OK\r\n", CHUNKED[:65], COUNTED[:30]):
        found = Response(10_000)
        data = start + tail
        edges = [0, *sorted(cuts), len(data)]
        try:
            for left, right in itertools.pairwise(edges):
                if not found.complete:
                    found.feed(data[left:right])
        except BackendError:
            pass
