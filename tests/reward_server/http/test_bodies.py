"""Bodies that are too large, endless, lying about themselves or compressed to explode (promise 19)."""

import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reward_server.http.raw import Connection, connect
from tests.reward_server.http.serving import GOOD, Served, batch, rollout, serve, until

MIB = 2**20
CAP = 4 * MIB


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that takes bodies of 4 MiB, and gives them one second."""
    options = ("--max-body-bytes", str(CAP), "--max-bytes", str(2 * CAP), "--read-s", "1")
    with serve(tmp_path_factory.mktemp("small"), None, *options) as served:
        served.score(batch(1))
        yield served


def resident(server: Served) -> int:
    """Bytes of memory that a server's process holds now."""
    pages = int(Path(f"/proc/{server.pid}/statm").read_text().split()[1])
    return pages * 4096


@pytest.mark.quiet
def test_p19_a_body_of_200_mb_is_refused_at_once_and_takes_no_memory(small: Served) -> None:
    before = resident(small)
    with connect(small) as connection:
        started = time.monotonic()
        connection.post(f"Content-Length: {200 * MIB}")
        answer = connection.answer()
        assert time.monotonic() - started < 0.5
        assert (answer.status, answer.error) == (413, "body_too_large")
        for _ in range(200):
            connection.send(b" " * MIB)
        connection.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.answer().status == 200
    assert resident(small) - before < 16 * MIB


def test_p19_a_client_that_sends_all_200_mb_first_still_reads_the_413(small: Served) -> None:
    before = resident(small)
    with connect(small) as connection:
        connection.post(f"Content-Length: {200 * MIB}", body=bytes(200 * MIB))
        answer = connection.answer()
    assert answer.status == 413
    assert b"split the batch by group, or raise --max-body-bytes" in answer.body
    assert resident(small) - before < 16 * MIB


def test_p19_an_endless_chunked_body_is_refused_at_the_cap(small: Served) -> None:
    before = resident(small)
    with connect(small) as connection:
        connection.post("Transfer-Encoding: chunked")
        for _ in range(40):
            connection.send(b"%x\r\n" % MIB + b" " * MIB + b"\r\n")
        answer = connection.answer()
    assert (answer.status, answer.error) == (413, "body_too_large")
    assert resident(small) - before < CAP + 16 * MIB


@pytest.mark.parametrize(
    "head",
    [
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: -1",),
        ("Content-Length: 0x10",),
        ("Content-Length: " + "9" * 30,),
        ("Transfer-Encoding: chunked, identity",),
    ],
)
def test_contradictory_lengths_are_a_400_and_the_end_of_the_connection(
    small: Served, head: tuple[str, ...]
) -> None:
    with connect(small) as connection:
        connection.post(*head, body=b'{"rol')
        assert connection.answer().status == 400
        assert connection.closed()


def test_a_body_longer_than_its_content_length_is_cut_there(small: Served) -> None:
    body = json.dumps({"rollouts": batch(1)}).encode()
    with connect(small) as connection:
        connection.post(f"Content-Length: {len(body) - 5}", body=body)
        assert connection.answer().status == 400
        assert connection.closed()


def test_a_body_shorter_than_its_content_length_is_waited_for_but_not_for_long(small: Served) -> None:
    with connect(small) as connection:
        connection.post("Content-Length: 1000", body=b'{"rollouts": [')
        answer = connection.answer()
    assert (answer.status, answer.error) == (408, "body_timeout")


def test_a_drip_of_single_bytes_does_not_stretch_the_time_for_a_body(small: Served) -> None:
    with connect(small) as connection:
        started = time.monotonic()
        connection.post("Transfer-Encoding: chunked")
        connection.socket.settimeout(0.05)
        while not _answered(connection):
            connection.send(b"1\r\n \r\n")
    assert 0.9 < time.monotonic() - started < 3


def _answered(connection: Connection) -> bool:
    try:
        return connection.socket.recv(1000).startswith(b"HTTP/1.1 408 ")
    except TimeoutError:
        return False


def test_p19_headers_without_end_close_the_connection(small: Served) -> None:
    before = resident(small)
    for start in (b"GET /" + b"a" * 1000, b"GET / HTTP/1.1\r\nX: ", b"GET / HTTP/1.1\r\n"):
        with connect(small) as connection:
            connection.send(start)
            assert _flood(connection, b"x: y\r\n" * 10_000)
    assert resident(small) - before < 16 * MIB


def test_p19_trailers_without_end_close_the_connection(small: Served) -> None:
    before = resident(small)
    with connect(small) as connection:
        connection.post("Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n")
        assert _flood(connection, b"x: y\r\n" * 10_000)
    assert resident(small) - before < 16 * MIB


def _flood(connection: Connection, data: bytes) -> bool:
    """Send up to 60 MB; True when the server hangs up."""
    try:
        for _ in range(1000):
            connection.send(data)
    except ConnectionError:
        return True
    return False


def test_a_gzip_body_is_read(small: Served) -> None:
    body = json.dumps({"rollouts": batch(1)}).encode()
    answer = small.post(gzip.compress(body), Content_Encoding="gzip")
    assert answer.status_code == 200
    assert answer.json()["rewards"] == small.score(batch(1))["rewards"]


def test_p19_a_gzip_bomb_is_refused_at_the_cap(small: Served) -> None:
    bomb = gzip.compress(bytes(128 * MIB))
    assert len(bomb) < MIB
    before = resident(small)
    error = small.refusal(bomb, 413, Content_Encoding="gzip")
    assert error["code"] == "body_too_large"
    assert resident(small) - before < CAP + 16 * MIB


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{}", "not gzip"),
        (gzip.compress(b'{"rollouts": []}')[:-9], "cut short"),
        (gzip.compress(b"{}") + b"more", "something follows"),
        (gzip.compress(b"{}")[:-4] + b"\0\0\0\0", "not gzip"),
    ],
    ids=["plain", "cut", "followed", "of another length"],  # gzip writes the time into its head
)
def test_a_damaged_gzip_body_is_a_400(small: Served, body: bytes, message: str) -> None:
    error = small.refusal(body, 400, Content_Encoding="gzip")
    assert error["code"] == "not_json"
    assert message in error["message"]


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "x" * 5000])
def test_an_unknown_encoding_is_a_415(small: Served, encoding: str) -> None:
    error = small.refusal(b"{}", 415, Content_Encoding=encoding)
    assert error["code"] == "unsupported_encoding"
    assert len(error["message"]) < 200


def test_p14_bytes_are_charged_as_they_come_and_given_back(small: Served) -> None:
    body = json.dumps({"rollouts": [rollout("r", GOOD, metadata={"pad": " " * (3 * MIB)})]}).encode()
    small_gzip = gzip.compress(body)
    with connect(small) as first, connect(small) as second, connect(small) as third:
        for connection in (first, second):
            connection.post(f"Content-Length: {len(body)}", body=body[:10])
        until(lambda: small.metrics("gavel_requests_in_progress_bytes") == {(): 2.0 * len(body)})
        third.post(f"Content-Length: {len(small_gzip)}", "Content-Encoding: gzip", body=small_gzip)
        answer = third.answer()
        assert (answer.status, answer.error) == (429, "overloaded")
        assert answer.headers["retry-after"] == "1"
        for connection in (first, second):
            connection.send(body[10:])
            assert connection.answer().status == 200
    until(lambda: small.metrics("gavel_requests_in_progress_bytes") == {(): 0.0})


def test_a_body_is_asked_for_only_when_it_will_be_read(small: Served) -> None:
    body = json.dumps({"rollouts": batch(1)}).encode()
    with connect(small) as connection:
        connection.post(f"Content-Length: {200 * MIB}", "Expect: 100-continue")
        assert connection.answer().status == 413
    with connect(small) as connection:
        connection.post(f"Content-Length: {len(body)}", "Expect: 100-continue")
        assert connection.answer().status == 100
        connection.send(body)
        assert connection.answer().status == 200
