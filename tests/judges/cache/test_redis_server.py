"""The cache in a real Redis server."""

import asyncio
import contextlib
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from judges.cache.entry import name_of
from judges.cache.redis import BOUND_S, RedisStore, client
from judges.cache.stored import Stored
from tests.judges.cache.known import NO, YES, Clock, key

pytest.importorskip("redis", reason="needs the extra `redis`")

pytestmark = [
    pytest.mark.redis,
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed"),
]

TTL_S = 3600


class Server:
    """A Redis server of our own, on a free loopback port."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.options = options
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--appendonly", "no", "--dir", str(self.folder), *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "Ready to accept connections" in line:
                return
        raise RuntimeError("redis-server did not start")

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.communicate()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path)
    yield running
    running.stop()


def cached(url: str, bound_s: float = 5.0, clock: Clock | None = None) -> Stored:
    return Stored(RedisStore(client(url, "URL"), "gavel:", TTL_S), "redis", bound_s, clock or Clock())


async def filled(url: str) -> None:
    cache = cached(url)
    cache.put(key(1), YES)
    cache.put(key(2), NO)
    await cache.aclose()


async def test_what_one_machine_puts_the_next_one_gets(server: Server) -> None:
    await filled(server.url)
    cache = cached(server.url)
    assert await asyncio.gather(*(cache.get(key(number)) for number in (1, 2, 3))) == [YES, NO, None]
    await cache.aclose()


async def test_thousands_are_kept(server: Server) -> None:
    cache = cached(server.url)
    for number in range(3000):
        cache.put(key(number), YES)
    await cache.aclose()
    cache = cached(server.url)
    assert await asyncio.gather(*(cache.get(key(number)) for number in range(3000))) == [YES] * 3000
    await cache.aclose()


async def test_entries_have_our_prefix_and_an_end(server: Server) -> None:
    await filled(server.url)
    redis = client(server.url, "URL")
    assert sorted(await redis.keys("*")) == sorted(b"gavel:" + name_of(key(number)) for number in (1, 2))
    assert TTL_S - 60 < await redis.ttl(b"gavel:" + name_of(key(1))) <= TTL_S
    await redis.aclose()


async def test_p11_a_server_that_stops_and_starts_is_misses_meanwhile(server: Server) -> None:
    clock = Clock()
    cache = cached(server.url, clock=clock)
    assert await cache.get(key(1)) is None
    server.stop()
    with capture_logs() as lines:
        assert [await cache.get(key(1)) for _ in range(100)] == [None] * 100
        server.start()
        await filled(server.url)
        clock.now += 1
        assert await cache.get(key(1)) == YES
    assert [line["event"] for line in lines] == ["verdict_cache_unavailable", "verdict_cache_available"]
    await cache.aclose()


async def test_p11_a_server_that_hangs_is_misses_in_time_and_found_again(server: Server) -> None:
    await filled(server.url)
    clock = Clock()
    cache = cached(server.url, BOUND_S, clock)
    server.process.send_signal(signal.SIGSTOP)
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert [await cache.get(key(1)) for _ in range(1000)] == [None] * 1000
    assert loop.time() - began < 1
    server.process.send_signal(signal.SIGCONT)
    async with asyncio.timeout(10):
        while await cache.get(key(1)) != YES:
            clock.now += 1
            await asyncio.sleep(0)
    await cache.aclose()


async def test_p11_a_full_server_still_answers(tmp_path: Path) -> None:
    server = Server(tmp_path, "--maxmemory-policy", "noeviction")
    await filled(server.url)
    redis = client(server.url, "URL")
    await redis.config_set("maxmemory", "1")
    await redis.aclose()
    cache = cached(server.url)
    with capture_logs() as lines:
        cache.put(key(3), YES)
        await cache._writes.aclose()
        assert await asyncio.gather(*(cache.get(key(number)) for number in (1, 3))) == [YES, None]
    assert [line["event"] for line in lines] == ["verdict_cache_unavailable"]
    await cache.aclose()
    server.stop()


async def test_p24_a_wrong_password_is_a_miss_and_is_not_told(tmp_path: Path) -> None:
    server = Server(tmp_path, "--requirepass", "right")
    await filled(server.url.replace("127.0.0.1", ":right@127.0.0.1"))
    with capture_logs() as lines:
        for password in ("wrong", ""):
            cache = cached(server.url.replace("127.0.0.1", f":{password}@127.0.0.1"))
            assert await cache.get(key(1)) is None
            await cache.aclose()
    assert [line["problem"] for line in lines] == ["AuthenticationError", "AuthenticationError"]
    cache = cached(server.url.replace("127.0.0.1", ":right@127.0.0.1"))
    assert await cache.get(key(1)) == YES
    await cache.aclose()
    server.stop()
