"""Who may ask (promise 25), and what every answer carries."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reward_server.http.raw import connect
from tests.reward_server.http.serving import CHECKS_ONLY, Served, batch, refused, serve, write_reward

TOKEN = "correct-horse"
CLOSED = ("/v1/rewards", "/v1/rewards/test", "/version", "/metrics", "/docs", "/openapi.json", "/nowhere")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server on every interface, with a token and one more host name."""
    options = ("--host", "0.0.0.0", "--allowed-host", "gpu-box", "--allowed-host", "fd00::1")
    with serve(tmp_path_factory.mktemp("guarded"), None, *options, token=TOKEN) as served:
        yield served


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_p25_another_address_than_loopback_needs_a_token(tmp_path: Path, host: str) -> None:
    said = refused(str(write_reward(tmp_path, CHECKS_ONLY)), "--host", host, "--port", "0")
    assert f"listening on {host} needs a bearer token" in said
    assert "GAVEL_TOKEN" in said


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe"])
def test_p25_a_token_file_without_a_token_is_an_error(tmp_path: Path, content: bytes) -> None:
    token = tmp_path / "token"
    token.write_bytes(content)
    said = refused(str(write_reward(tmp_path, CHECKS_ONLY)), "--port", "0", GAVEL_TOKEN_FILE=str(token))
    assert "GAVEL_TOKEN_FILE names" in said


def test_p25_the_right_token_opens_the_door(guarded: Served) -> None:
    assert guarded.score(batch(1))["rewards"]
    for scheme in ("bearer", "BEARER"):
        response = guarded.client.get("/version", headers={"Authorization": f"{scheme}  {TOKEN}"})
        assert response.status_code == 200


@pytest.mark.parametrize(
    "given",
    ["", TOKEN, "Bearer", f"Basic {TOKEN}", "Bearer wrong", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}"],
)
@pytest.mark.parametrize("path", CLOSED)
def test_p25_a_wrong_token_opens_nothing(guarded: Served, path: str, given: str) -> None:
    response = guarded.client.get(path, headers={"Authorization": given})
    assert response.status_code == 401
    assert response.headers.get_list("www-authenticate") == ["Bearer", 'Basic realm="gavel"']
    assert response.json()["error"]["code"] == "unauthorized"


def test_p25_a_token_that_is_not_ascii_is_wrong_and_no_bug(guarded: Served) -> None:
    with connect(guarded) as connection:
        connection.send(b"GET /version HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \xff\xe9\r\n\r\n")
        assert connection.answer().status == 401


def test_p25_a_batch_without_a_token_is_refused_before_it_is_read(guarded: Served) -> None:
    with connect(guarded) as connection:
        connection.post("Content-Length: 1000")
        answer = connection.answer()
    assert (answer.status, answer.error) == (401, "unauthorized")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_p25_probes_need_no_token_and_no_name(guarded: Served, path: str) -> None:
    bare = {"Authorization": "", "Host": "10.1.2.3:8900"}
    assert guarded.client.get(path, headers=bare).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:1",
        "127.0.0.1",
        "127.0.0.1:8900",
        "[::1]",
        "[::1]:8900",
        "gpu-box:80",
        "[fd00::1]:1",
        "0.0.0.0:8900",
    ],
)
def test_p25_known_hosts_are_answered(guarded: Served, host: str) -> None:
    assert guarded.client.get("/version", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8900", "localhost.evil.example", "127.0.0.1.evil.example", "", "::1"),
        *(
            "[::2]",
            "[::1].evil",
            "localhost:x",
            "localhost@evil",
            "fd00::1",
            "localhost/healthz?",
            "*",
            "0.0.0.1",
        ),
    ],
)
def test_p25_a_foreign_host_is_refused(guarded: Served, host: str) -> None:
    with connect(guarded) as connection:
        head = f"GET /version HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
        connection.send(head.encode())
        answer = connection.answer()
    assert (answer.status, answer.error) == (421, "forbidden_host")


def test_p25_the_host_header_does_not_choose_the_path(tmp_path: Path) -> None:
    with serve(tmp_path, None, "--allowed-host", "*", token=TOKEN) as served, connect(served) as connection:
        connection.send(b"GET /version HTTP/1.1\r\nHost: localhost/healthz?\r\n\r\n")
        assert connection.answer().status == 401


def test_the_callers_request_id_is_echoed(server: Served) -> None:
    assert server.post({"rollouts": batch(1)}, X_Request_Id="step-7 a").headers["x-request-id"] == "step-7 a"
    assert server.post(b"", X_Request_Id="step-8").headers["x-request-id"] == "step-8"
    assert server.client.get("/nowhere", headers={"X-Request-Id": "nine"}).headers["x-request-id"] == "nine"


@pytest.mark.parametrize("given", [b"", b"x" * 129, b"caf\xe9", b"tab\there", b"\xff"])
def test_p23_a_request_id_that_is_not_plain_is_replaced(server: Served, given: bytes) -> None:
    with connect(server) as connection:
        connection.send(b"GET /version HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: " + given + b"\r\n\r\n")
        answer = connection.answer()
    assert answer.status == 200
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/v1/rewards/other", 404, "not_found"),
        ("POST", "/v1/rewards/", 404, "not_found"),
        ("PUT", "/v1/rewards", 405, "method_not_allowed"),
        ("POST", "/healthz", 405, "method_not_allowed"),
        ("BREW", "/v1/rewards", 400, None),
    ],
)
def test_what_is_not_served_is_said_as_json(
    server: Served, method: str, path: str, status: int, code: str | None
) -> None:
    response = server.client.request(method, path)
    assert response.status_code == status
    if code:
        assert response.json()["error"]["code"] == code
    if status == 405:
        assert response.headers["allow"]


@pytest.mark.parametrize(
    "head",
    [
        *(b"", b"\r\n", b"\x16\x03\x01", b"GET", b"GET / HTTP/9\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n"),
        *(
            b"GET http://[::1 HTTP/1.1\r\n\r\n",
            b"GET * HTTP/1.1\r\n\r\n",
            b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ),
        *(
            b"GET /?\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET /%ff%00%0a HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ),
        *(
            b"CONNECT x:1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET http://localhost HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ),
        *(
            b"GET /version HTTP/1.0\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        ),
    ],
)
def test_odd_http_is_never_a_500(server: Served, head: bytes) -> None:
    with connect(server) as connection:
        connection.send(head + b"\r\n\r\n")
        connection.socket.shutdown(1)
        received = connection.socket.recv(65536)
    assert not received.startswith(b"HTTP/1.1 5")
    assert server.client.get("/healthz").status_code == 200
