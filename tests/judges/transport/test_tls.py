"""HTTPS against a server with a certificate of an authority made on the spot."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from judges.backend import BackendError
from judges.transport.dial import tls
from judges.transport.http import Http, HttpReply
from rubrics.cause import Cause
from tests.judges.transport.peer import ok

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl for certificates")

_CONFIGURATION = """
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[server]
basicConstraints = CA:false
subjectAltName = DNS:judge.example
"""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `authority.pem`, and `server.pem` with `server.key` for judge.example."""
    folder = tmp_path_factory.mktemp("certificates")
    (folder / "openssl.cnf").write_text(_CONFIGURATION)
    _certificate(folder, "authority")
    _certificate(folder, "server", "-CA", "authority.pem", "-CAkey", "authority.key")
    return folder


def _certificate(folder: Path, name: str, *signed: str) -> None:
    new = "req -x509 -config openssl.cnf -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    which = f"-subj /CN={name} -extensions {name} -keyout {name}.key -out {name}.pem"
    command = ["openssl", *new.split(), *which.split(), *signed]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.fixture
def trusted(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "authority.pem"))
    tls.cache_clear()
    yield
    tls.cache_clear()


class Server(asyncio.Protocol):
    """Answers each request with the connection's number, and remembers what the client said in its hello."""

    def __init__(self, connections: list["Server"]) -> None:
        connections.append(self)
        self.number = len(connections)
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.protocol = transport.get_extra_info("ssl_object").selected_alpn_protocol()

    def data_received(self, data: bytes) -> None:
        self.received += data
        if self.received.endswith(b"}"):
            self.transport.write(ok(b"%d" % self.number))  # type: ignore[attr-defined]


@asynccontextmanager
async def server(certificates: Path) -> AsyncIterator[tuple[int, list[Server], list[str]]]:
    """Its port, its connections and the names that clients asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    context.set_alpn_protocols(["h2", "http/1.1"])
    connections: list[Server] = []
    names: list[str] = []
    context.sni_callback = lambda _, name, __: names.append(name)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Server(connections), "127.0.0.1", 0, ssl=context)
    try:
        yield listening.sockets[0].getsockname()[1], connections, names
    finally:
        listening.close()


async def post(host: str, port: int, times: int = 1) -> list[HttpReply]:
    url = f"https://{host}:{port}/v1"
    http = Http(url, {}, connections=None, max_bytes=1000, address="127.0.0.1")
    try:
        return [await http.post(b"{}", {}) for _ in range(times)]
    finally:
        await http.aclose()


async def failure(host: str, port: int) -> BackendError:
    with pytest.raises(BackendError) as caught:
        await post(host, port)
    return caught.value


@pytest.mark.usefixtures("trusted")
async def test_a_verified_connection_carries_calls_and_is_used_again(certificates: Path) -> None:
    async with server(certificates) as (port, connections, names):
        replies = await post("judge.example", port, times=3)
    assert [reply.body for reply in replies] == [b"1", b"1", b"1"]
    assert f"Host: judge.example:{port}\r\n".encode() in connections[0].received
    assert names == ["judge.example"]
    assert connections[0].protocol == "http/1.1"


@pytest.mark.usefixtures("trusted")
async def test_p24_a_certificate_for_another_name_is_refused(certificates: Path) -> None:
    async with server(certificates) as (port, connections, _):
        error = await failure("other.example", port)
        assert not any(connection.received for connection in connections)
    assert (error.cause, error.retryable) == (Cause.JUDGE_UNREACHABLE, False)
    assert "the certificate is not accepted (Hostname mismatch" in error.detail


async def test_p24_a_certificate_of_an_unknown_authority_is_refused(certificates: Path) -> None:
    async with server(certificates) as (port, _, _):
        error = await failure("judge.example", port)
    assert (error.cause, error.retryable) == (Cause.JUDGE_UNREACHABLE, False)
    assert "the certificate is not accepted (" in error.detail


async def test_https_to_a_server_of_plain_http_says_so() -> None:
    class Plain(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            transport.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")  # type: ignore[attr-defined]

    listening = await asyncio.get_running_loop().create_server(Plain, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    error = await failure("judge.example", port)
    listening.close()
    assert (error.cause, error.retryable) == (Cause.JUDGE_UNREACHABLE, False)
    assert error.detail == f"no secure connection: judge.example:{port}, wrong version number"
