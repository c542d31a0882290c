"""A store in Redis, shared by any number of machines. Needs the extra `redis`."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from judges.cache.breaker import StoreError
from rubrics.problems import ConfigError

if TYPE_CHECKING:
    from redis.asyncio import Redis

BOUND_S = 0.05
"""Redis answers within 1 ms, or something is wrong with it."""
_CONNECT_S, _ANSWER_S = 2.0, 0.25
_ROWS = 256

# One command for many entries: as many SET commands cost the client ten times as much.
_SAVE = "for i = 1, #KEYS do redis.call('SET', KEYS[i], ARGV[i + 1], 'EX', ARGV[1]) end return #KEYS"


class RedisStore:
    """Entries under `prefix` and their name, for `ttl_s` seconds each.

    Connects when first used and after failures. After a failure connections are closed, so that no late
    answer is taken for another's.
    """

    def __init__(self, client: "Redis", prefix: str, ttl_s: int) -> None:
        self._client = client
        self._prefix = prefix.encode()
        self._ttl = str(ttl_s).encode()
        self._answer_s = _CONNECT_S

    async def fetch(self, names: Sequence[bytes]) -> Mapping[bytes, bytes]:
        found = await self._ask("MGET", *(self._prefix + name for name in names))
        if not isinstance(found, list) or len(found) != len(names):
            await self._disconnect()
            raise StoreError("it answers MGET with something else than the values")
        return {name: entry for name, entry in zip(names, found, strict=True) if isinstance(entry, bytes)}

    async def save(self, entries: Mapping[bytes, bytes]) -> None:
        rows = iter(entries.items())
        while chunk := dict(islice(rows, _ROWS)):
            keys = (self._prefix + name for name in chunk)
            await self._ask("EVAL", _SAVE, len(chunk), *keys, self._ttl, *chunk.values())

    async def aclose(self) -> None:
        await self._disconnect()

    async def _ask(self, *command: bytes | str | int) -> object:
        """The answer. Raises StoreError."""
        try:
            async with asyncio.timeout(self._answer_s):
                answer: object = await self._client.execute_command(*command)
        except Exception as error:  # the client raises almost anything when lied to
            await self._disconnect()
            raise StoreError(_kind(error)) from error
        self._answer_s = _ANSWER_S
        return answer

    async def _disconnect(self) -> None:
        self._answer_s = _CONNECT_S
        try:
            async with asyncio.timeout(_ANSWER_S):
                await self._client.connection_pool.disconnect(inuse_connections=False)
        except Exception:  # noqa: BLE001 - there is nothing left to save
            return


def _kind(error: Exception) -> str:
    """The exception's type and its cause's. Its message may be the server's, and hold anything."""
    cause = error.__cause__ or error.__context__
    return type(error).__name__ + (f" ({type(cause).__name__})" if cause is not None else "")


def client(url: str, variable: str) -> "Redis":
    """A client for the URL that the environment `variable` holds. Raises ConfigError."""
    try:
        from redis.asyncio import Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
    except ImportError:
        raise ConfigError(
            "a verdict cache in Redis needs the package redis", hint="pip install 'gavel-rl[redis]'"
        ) from None
    try:
        return Redis.from_url(url, protocol=2, retry=Retry(NoBackoff(), 0), socket_connect_timeout=_CONNECT_S)
    except ValueError:
        raise ConfigError(
            f"{variable} does not hold the URL of a Redis server",
            hint="redis://HOST:6379/0, rediss:// for TLS, unix:// for a socket",
        ) from None
