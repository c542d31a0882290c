"""Where the verdict cache is, by default and as configured."""

import sys
from pathlib import Path

import pytest

from judges.cache.options import CacheOptions, default_path, open_cache
from rubrics.problems import ConfigError
from tests.judges.cache.known import YES, key


async def put(options: CacheOptions) -> None:
    cache = open_cache(options)
    cache.put(key(1), YES)
    await cache.aclose()


async def known(options: CacheOptions) -> bool:
    cache = open_cache(options)
    found = await cache.get(key(1))
    await cache.aclose()
    return found == YES


async def test_by_default_it_is_a_file_that_outlives_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAVEL_CACHE_DIR", str(tmp_path / "cache"))
    await put(CacheOptions())
    assert await known(CacheOptions())
    assert (tmp_path / "cache" / "verdicts.sqlite3").is_file()


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ({"GAVEL_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/a/verdicts.sqlite3"),
        ({"XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/b/gavel/verdicts.sqlite3"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/c"}, "/c/.cache/gavel/verdicts.sqlite3"),
        ({"GAVEL_CACHE_DIR": "", "HOME": "/c"}, "/c/.cache/gavel/verdicts.sqlite3"),
    ],
)
def test_where_the_file_is(environment: dict[str, str], path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GAVEL_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert default_path() == Path(path)


async def test_a_path_may_begin_with_the_home_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    await put(CacheOptions(path="~/mine.sqlite3"))
    assert (tmp_path / "mine.sqlite3").is_file()


async def test_in_memory_it_ends_with_the_process() -> None:
    options = CacheOptions(store="memory")
    cache = open_cache(options)
    cache.put(key(1), YES)
    assert await cache.get(key(1)) == YES
    assert not await known(options)


async def test_none_knows_nothing() -> None:
    cache = open_cache(CacheOptions(store="none"))
    cache.put(key(1), YES)
    assert await cache.get(key(1)) is None
    await cache.aclose()


def test_redis_needs_its_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MY_REDIS", raising=False)
    with pytest.raises(ConfigError, match="MY_REDIS is not set"):
        open_cache(CacheOptions(store="redis", redis_url_env="MY_REDIS"))


def test_p24_a_url_that_is_none_is_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("redis", reason="needs the extra `redis`")
    monkeypatch.setenv("GAVEL_REDIS_URL", "hunter2@host")
    with pytest.raises(ConfigError, match="GAVEL_REDIS_URL does not hold the URL") as raised:
        open_cache(CacheOptions(store="redis"))
    assert "hunter2" not in str(raised.value)


def test_a_url_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("redis", reason="needs the extra `redis`")
    monkeypatch.delenv("GAVEL_REDIS_URL", raising=False)
    monkeypatch.setenv("GAVEL_REDIS_URL_FILE", str(tmp_path / "url"))
    with pytest.raises(ConfigError, match="cannot be read"):
        open_cache(CacheOptions(store="redis"))
    (tmp_path / "url").write_text("redis://127.0.0.1:6379/0\n")
    open_cache(CacheOptions(store="redis"))


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAVEL_REDIS_URL", "redis://127.0.0.1:6379/0")
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(ConfigError, match="gavel-rl"):
        open_cache(CacheOptions(store="redis"))
