"""One HTTP GET over a connection of its own, for finding out what answers at a URL."""

import asyncio
from collections.abc import Mapping

import msgspec

from judges.backend import BackendError
from judges.transport.connection import Connection
from judges.transport.dial import Dialler
from judges.transport.head import Headers
from judges.transport.place import Place
from rubrics.cause import Cause

MOST_BYTES = 2**22
"""Of a body. Hosted APIs list hundreds of models."""


class Page(msgspec.Struct, frozen=True):
    """A response, read to its end."""

    status: int
    headers: Headers
    body: bytes


async def get(url: str, headers: Mapping[str, str], *, timeout_s: float = 10.0) -> Page:
    """Read `url`. Raises BackendError where what comes back is no HTTP response, or nothing does."""
    try:
        async with asyncio.timeout(timeout_s):
            return await _get(Place.of(url), headers)
    except TimeoutError:
        detail = f"no answer within {timeout_s:g} s"
        raise BackendError(Cause.JUDGE_TIMEOUT, detail, retryable=True) from None


async def _get(place: Place, headers: Mapping[str, str]) -> Page:
    connection = await Dialler(place, None, _connection).dial()
    try:
        response = await connection.exchange([_head(place, headers)])
        return Page(response.status, response.headers, response.body)
    finally:
        connection.close()


def _connection() -> Connection:
    return Connection(MOST_BYTES, made=_ignore, lost=_ignore)


def _ignore(_: Connection) -> None: ...


def _head(place: Place, headers: Mapping[str, str]) -> bytes:
    fields = {"Host": place.authority, "Accept-Encoding": "identity", "Connection": "close", **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"GET {place.path} HTTP/1.1\r\n{lines}\r\n".encode()
