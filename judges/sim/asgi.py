"""HTTP for a bare ASGI application: read a call, deliver a reply, notice that the client has gone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, NoReturn

from judges.sim.engine import Sleep

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

DRIP_INTERVAL = 0.2


class ClientGoneError(Exception):
    """The client closed its connection before the reply was complete."""


class Delivery(Enum):
    """How a reply reaches its client, or does not."""

    WHOLE = auto()
    TRUNCATED = auto()
    """Headers and half the body, then the connection closes."""
    DRIP = auto()
    """Headers, then a space every DRIP_INTERVAL seconds without end."""
    DROPPED = auto()
    """The connection closes at once."""
    NEVER = auto()
    """Nothing, until the client leaves."""


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request, read to the end."""

    method: str
    path: str
    headers: dict[bytes, bytes]
    """Names in lower case."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP response and the way it is delivered."""

    status: int = HTTPStatus.OK
    body: bytes = b""
    content_type: bytes = b"application/json"
    headers: Sequence[tuple[bytes, bytes]] = ()
    delivery: Delivery = Delivery.WHOLE


async def read_call(scope: Message, receive: Receive) -> Call:
    """Read the request with its whole body. Raises ClientGoneError."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return Call(scope["method"], scope["path"], dict(scope["headers"]), bytes(body))


@contextlib.asynccontextmanager
async def until_client_leaves(receive: Receive) -> AsyncIterator[None]:
    """Run the block, or stop it with ClientGoneError as soon as the client closes its connection."""
    task = asyncio.current_task()
    assert task is not None
    gone = False

    async def watch() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        task.cancel()

    watcher = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if not gone:
            raise
        task.uncancel()
        raise ClientGoneError from None
    finally:
        watcher.cancel()


async def deliver(reply: Reply, send: Send, hang_up: Callable[[], None], sleep: Sleep) -> None:
    """Send `reply` as its delivery says. All but WHOLE end only when the connection does."""
    match reply.delivery:
        case Delivery.WHOLE:
            await _send_start(reply, send, len(reply.body))
            await send({"type": "http.response.body", "body": reply.body})
        case Delivery.TRUNCATED:
            await _send_start(reply, send, len(reply.body))
            half = reply.body[: len(reply.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            hang_up()
            await _forever()
        case Delivery.DRIP:
            await _send_start(reply, send, None)
            await _drip(send, sleep)
        case Delivery.DROPPED:
            hang_up()
            await _forever()
        case Delivery.NEVER:
            await _forever()


async def _send_start(reply: Reply, send: Send, length: int | None) -> None:
    headers = [(b"content-type", reply.content_type), *reply.headers]
    if length is not None:
        headers.append((b"content-length", b"%d" % length))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})


async def _drip(send: Send, sleep: Sleep) -> NoReturn:
    while True:
        await send({"type": "http.response.body", "body": b" ", "more_body": True})
        await sleep(DRIP_INTERVAL)


async def _forever() -> None:
    await asyncio.Event().wait()
