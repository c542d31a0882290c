"""A raw connection, for requests that no client library would send."""

import contextlib
import json
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.reward_server.http.serving import PATIENCE_S, Served


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> str:
        """The code of the error in the body."""
        error: dict[str, Any] = json.loads(self.body)["error"]
        return str(error["code"])


class Connection:
    """A socket to a server."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._file = sock.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def post(self, *headers: str, body: bytes = b"") -> None:
        """Send the head of a POST and the start of its body."""
        lines = [
            "POST /v1/rewards HTTP/1.1",
            "Host: localhost",
            "Content-Type: application/json",
            *headers,
            "",
            "",
        ]
        self.send("\r\n".join(lines).encode("latin-1") + body)

    def answer(self) -> Answer:
        """Read one response."""
        status_line = self._file.readline()
        assert status_line.startswith(b"HTTP/1.1 "), status_line
        headers: dict[str, str] = {}
        while line := self._file.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        body = self._file.read(int(headers.get("content-length", 0)))
        return Answer(int(status_line.split()[1]), headers, body)

    def closed(self) -> bool:
        """Wait for the end of the connection; False when more comes instead."""
        try:
            return self._file.read(1) == b""
        except ConnectionError:
            return True

    def close(self) -> None:
        """Leave, politely."""
        self._file.close()
        self.socket.close()

    def abort(self) -> None:
        """Leave with a reset, as a killed client does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()


@contextlib.contextmanager
def connect(server: Served) -> Iterator[Connection]:
    """Open a connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as sock:
        connection = Connection(sock)
        try:
            yield connection
        finally:
            connection.close()
