"""The verdict cache as a configuration describes it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from judges.secrets import secret
from rubrics.options import Options
from rubrics.problems import ConfigError

if TYPE_CHECKING:
    from judges.cache.cache import VerdictCache
    from judges.cache.stored import Stored

_MB = 2**20
_DAY = 86_400
_FILE = "verdicts.sqlite3"


class CacheOptions(Options):
    """Where verdicts are kept, so that no question is asked twice."""

    store: Literal["sqlite", "redis", "memory", "none"] = "sqlite"
    """`sqlite`: a file, for all processes of one machine. `redis`: for several machines. `memory`: for this
    process. `none`: only calls in flight at the same time are joined."""
    path: Annotated[str, Field(min_length=1)] | None = None
    """The SQLite file, on a local disk. Left out: `verdicts.sqlite3` in `$GAVEL_CACHE_DIR`, else in `gavel`
    under `$XDG_CACHE_HOME` or `~/.cache`."""
    max_mb: Annotated[int, Field(ge=1, le=2**20)] = 512
    """Megabytes of the SQLite file; the older half goes when it is full. Redis has its own `maxmemory`."""
    max_age_days: Annotated[float, Field(ge=0.01, le=3650)] = 30.0
    """Days after which a verdict is asked for again."""
    memory_mb: Annotated[int, Field(ge=1, le=2**20)] = 32
    """Megabytes of recent verdicts that each process holds in memory, in front of the store."""
    redis_url_env: Annotated[str, Field(min_length=1)] = "GAVEL_REDIS_URL"
    """Environment variable with the URL of the Redis server, or with `_FILE` after it one that names a file
    holding it."""
    redis_prefix: str = "gavel:"
    """What the names of our keys in Redis start with."""


def open_cache(options: CacheOptions) -> "VerdictCache":
    """The cache, ready for use; files and connections are opened when first needed. Raises ConfigError."""
    from judges.cache.cache import NoCache  # these bring asyncio, which `gavel check` need not wait for
    from judges.cache.layers import Layers
    from judges.cache.memory import Memory

    if options.store == "none":
        return NoCache()
    memory = Memory(options.memory_mb * _MB, options.max_age_days * _DAY)
    if options.store == "memory":
        return memory
    return Layers(memory, _redis(options) if options.store == "redis" else _sqlite(options))


def _sqlite(options: CacheOptions) -> "Stored":
    from judges.cache.sqlite import BOUND_S, SqliteStore
    from judges.cache.sqlite_file import SqliteFile
    from judges.cache.stored import Stored

    path = Path(options.path).expanduser() if options.path else default_path()
    file = SqliteFile(path, options.max_mb * _MB, options.max_age_days * _DAY)
    return Stored(SqliteStore(file), "sqlite", BOUND_S)


def _redis(options: CacheOptions) -> "Stored":
    from judges.cache.redis import BOUND_S, RedisStore, client
    from judges.cache.stored import Stored

    variable = options.redis_url_env
    store = RedisStore(
        client(_url(variable), variable), options.redis_prefix, int(options.max_age_days * _DAY)
    )
    return Stored(store, "redis", BOUND_S)


def default_path() -> Path:
    """The SQLite file of a user who names none. Raises ConfigError without a home directory."""
    if ours := os.environ.get("GAVEL_CACHE_DIR"):
        return Path(ours) / _FILE
    shared = os.environ.get("XDG_CACHE_HOME", "")
    if Path(shared).is_absolute():  # the specification has relative ones ignored
        return Path(shared) / "gavel" / _FILE
    try:
        return Path.home() / ".cache" / "gavel" / _FILE
    except RuntimeError:
        raise ConfigError(
            "there is no home directory to keep the verdict cache in",
            hint="set GAVEL_CACHE_DIR, or the cache's `path`, or `store: memory`",
        ) from None


def _url(variable: str) -> str:
    url = secret(variable)
    if not url:
        raise ConfigError(
            f"the verdict cache is in Redis, but {variable} is not set",
            hint=f"set {variable} to redis://HOST:6379/0, or choose another `store`",
        )
    return url
