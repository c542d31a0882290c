"""HTTP for one event loop: a try is sent and its reply read whole, or it failed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trainer_adapters.client.deadline import limited
from trainer_adapters.client.errors import InvalidSetting
from trainer_adapters.client.settings import Settings

if TYPE_CHECKING:
    import ssl

    import httpx

CONNECT_S = 10.0
POOL_USERS = 64
"""Requests that one httpx pool carries at once: its work for each grows with their number."""
IDLE_CONNECTIONS = 32
IDLE_S = 30.0
"""Shorter than the server keeps idle connections, so that no try is sent on one that is just being closed."""
LONGEST_REPLY = 256 * 2**20
"""Bytes of a reply that are read before it counts as broken."""


class TryFailed(Exception):
    """One try brought no usable answer: another may."""

    def __init__(self, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class Try:
    """A request, once."""

    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """A reply that arrived whole."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


class _Pool:
    """An httpx client, and how many use it; closed when it is retired and the last of them has left."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.users = 0
        self.retired = False


class Connections:
    """Sends to one server. httpx leaks connections of cancelled calls: a pool with one is retired."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pools: list[_Pool] = []
        self._ssl: ssl.SSLContext | None = None

    async def send(self, attempt: Try, seconds: float) -> Reply:
        """Read the whole reply of one try within so many seconds. Raises TryFailed and InvalidSetting."""
        import httpx

        try:
            return await limited(self._talk(attempt), seconds)
        except httpx.InvalidURL as error:
            raise InvalidSetting(f"url cannot be used: {error}") from None
        except TimeoutError:
            raise TryFailed(f"no whole answer within {seconds:.3g} s") from None
        except (httpx.HTTPError, httpx.StreamError, OSError, RuntimeError) as error:
            raise TryFailed(f"{type(error).__name__}: {str(error)[:200]}") from error

    async def aclose(self) -> None:
        """Close idle connections; those in use close when they are done."""
        pools, self._pools = self._pools, []
        for pool in pools:
            pool.retired = True
            await _close_if_left(pool)

    async def _talk(self, attempt: Try) -> Reply:
        async with self._leased() as client:
            request = client.build_request(
                attempt.method,
                self._settings.url + attempt.path,
                content=attempt.body,
                headers=dict(attempt.headers),
                params=dict(attempt.query),
            )
            response = await client.send(request, stream=True)
            try:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Reply(response.status_code, headers, await _body(response))
            finally:
                await response.aclose()

    @contextlib.asynccontextmanager
    async def _leased(self) -> AsyncIterator[httpx.AsyncClient]:
        import httpx

        pool = self._pool_with_room()
        pool.users += 1
        try:
            yield pool.client
        except (asyncio.CancelledError, httpx.TimeoutException):
            self._retire(pool)
            raise
        finally:
            pool.users -= 1
            if not pool.users and pool not in self._pools[:1]:
                self._retire(pool)
            await _close_if_left(pool)

    def _pool_with_room(self) -> _Pool:
        for pool in self._pools:
            if pool.users < POOL_USERS:
                return pool
        self._pools.append(_Pool(self._made()))
        return self._pools[-1]

    def _retire(self, pool: _Pool) -> None:
        pool.retired = True
        if pool in self._pools:
            self._pools.remove(pool)

    def _made(self) -> httpx.AsyncClient:
        import httpx

        self._ssl = self._ssl or httpx.create_ssl_context()
        try:
            return self._client(self._ssl)
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            raise InvalidSetting(f"HTTP_PROXY, ALL_PROXY or NO_PROXY cannot be used: {error}") from None

    def _client(self, context: ssl.SSLContext) -> httpx.AsyncClient:
        import httpx

        token = self._settings.token
        return httpx.AsyncClient(
            headers={
                "Accept-Encoding": "identity",
                **({"Authorization": f"Bearer {token}"} if token else {}),
            },
            timeout=httpx.Timeout(None, connect=CONNECT_S),
            limits=httpx.Limits(
                max_connections=None, max_keepalive_connections=IDLE_CONNECTIONS, keepalive_expiry=IDLE_S
            ),
            trust_env=not self._settings.loopback,
            verify=context,
        )


async def _close_if_left(pool: _Pool) -> None:
    if pool.retired and not pool.users:
        await pool.client.aclose()


async def _body(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > LONGEST_REPLY:
            raise TryFailed(f"the answer has more than {LONGEST_REPLY:,} bytes")
    return bytes(body)
