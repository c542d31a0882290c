"""The other end of a connection, by hand: what it sends is in the kernel when `send` returns."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b"


def ok(body: bytes) -> bytes:
    return OK % (len(body), body)


class Peer:
    """A connection that the client opened."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    async def request(self) -> bytes:
        """The next request, head and body."""
        received = b""
        while b"\r\n\r\n" not in received:
            received += await self.some()
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += await self.some()
        return head + b"\r\n\r\n" + body

    async def some(self) -> bytes:
        """What has come. Raises EOFError when the client has closed."""
        data = await asyncio.get_running_loop().sock_recv(self._socket, 2**20)
        if not data:
            raise EOFError
        return data

    def send(self, data: bytes) -> None:
        self._socket.send(data)

    async def gone(self) -> bool:
        """Wait for the client to close, or to say something first."""
        try:
            return not await asyncio.get_running_loop().sock_recv(self._socket, 2**20)
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self._socket.close()

    def reset(self) -> None:
        """Close with an RST."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()


class Listener:
    """Where clients connect."""

    def __init__(self, listening: socket.socket) -> None:
        self._socket = listening
        self._peers: list[Peer] = []
        host, port = listening.getsockname()[:2]
        self.authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.url = f"http://{self.authority}/v1/chat"
        self.port = port

    async def accept(self) -> Peer:
        connection, _ = await asyncio.get_running_loop().sock_accept(self._socket)
        connection.setblocking(False)
        peer = Peer(connection)
        self._peers.append(peer)
        return peer

    def close(self) -> None:
        self._socket.close()
        for peer in self._peers:
            peer.close()


@asynccontextmanager
async def listener(host: str = "127.0.0.1") -> AsyncIterator[Listener]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, 0), family=family, backlog=128)
    listening.setblocking(False)
    found = Listener(listening)
    try:
        yield found
    finally:
        found.close()
