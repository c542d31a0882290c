"""The transport: one URL, many POSTs at once. Everything that knows aiohttp is here.

Another client fits behind the same two methods. What it must keep: no redirects, no proxies from the
environment, no cookies, no decompression, a cap on the reply's bytes, prompt cancellation, and a way to
close the connection that a reply came over.
"""

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import aiohttp
import msgspec
from yarl import URL

from judges.backend import BackendError
from rubrics.cause import Cause

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.connector import Connection

_LARGE = 2**20  # bytes; aiohttp warns about larger bodies and wants them as a file


class HttpReply(msgspec.Struct, frozen=True):
    """A response, read to the end."""

    status: int
    headers: Mapping[str, str]
    """Case-insensitive."""
    body: bytes
    discard: Callable[[], None]
    """Closes the connection, so that nothing more is read from it."""


class _UnsolicitedError(aiohttp.ClientError):
    """The connection held a response to nothing that was asked on it."""


class _Response(aiohttp.ClientResponse):
    """A response that remembers its connection after handing it back to the pool."""

    protocol: "ResponseHandler | None" = None

    async def start(self, connection: "Connection") -> "aiohttp.ClientResponse":
        # Runs before the event loop has sent our request: a response that is here already is someone else's.
        self.protocol = connection.protocol
        if getattr(self.protocol, "_buffer", None):
            raise _UnsolicitedError("a response came before the request was sent")
        return await super().start(connection)

    def discard(self) -> None:
        self.close()
        if self.protocol is not None:
            self.protocol.close()


class Http:
    """POSTs to one URL over a pool of connections. Belongs to the event loop of its first call."""

    def __init__(self, url: str, headers: Mapping[str, str], *, connections: int, max_bytes: int) -> None:
        self._url = URL(url)
        self._headers = dict(headers)
        self._connections = connections
        self._max_bytes = max_bytes
        self._session: aiohttp.ClientSession | None = None

    async def post(self, body: bytes, headers: Mapping[str, str]) -> HttpReply:
        """Send `body` and read the response, whatever its status. Raises BackendError."""
        try:
            return await self._post(body, headers)
        except aiohttp.ClientError as error:
            failure = _failure(error)
        raise failure  # out here: the client's own error holds our headers and must not be chained to it

    async def aclose(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> HttpReply:
        if self._session is None:
            self._session = self._open()
        data = body if len(body) <= _LARGE else io.BytesIO(body)
        response = await self._session.post(self._url, data=data, headers=headers, allow_redirects=False)
        assert isinstance(response, _Response)
        try:
            content = await self._read(response)
        except BaseException:
            response.discard()
            raise
        return HttpReply(response.status, response.headers, content, response.discard)

    def _open(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            headers=self._headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(),  # the Judge bounds the whole attempt
            trust_env=False,
            auto_decompress=False,
            response_class=_Response,
        )

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        content = b""
        while not response.content.at_eof():
            content += await response.content.readany()
            if len(content) > self._max_bytes:
                detail = f"the reply is longer than max_reply_bytes ({self._max_bytes:,})"
                raise BackendError(Cause.JUDGE_GARBLED, detail, retryable=True)
        return content


def _failure(error: aiohttp.ClientError) -> BackendError:
    kind = type(error).__name__
    if isinstance(error, _UnsolicitedError):
        return BackendError(Cause.JUDGE_MISMATCHED, f"{error}; its connection is closed", retryable=True)
    if isinstance(error, aiohttp.ClientResponseError):
        return BackendError(Cause.JUDGE_GARBLED, f"the reply is not HTTP ({kind})", retryable=True)
    if isinstance(error, aiohttp.ClientSSLError):
        return BackendError(Cause.JUDGE_UNREACHABLE, f"no secure connection ({kind}): {_reason(error)}")
    if isinstance(error, aiohttp.ClientConnectorError):
        return BackendError(Cause.JUDGE_UNREACHABLE, f"no connection: {_reason(error)}", retryable=True)
    return BackendError(Cause.JUDGE_UNREACHABLE, f"the connection broke ({kind})", retryable=True)


def _reason(error: aiohttp.ClientConnectorError) -> str:
    return f"{error.host}:{error.port}, {error.os_error.strerror or type(error.os_error).__name__}"
