"""Promise 11: a shared cache that is down, slow or lying is a miss, in time, and found again."""

import asyncio

import pytest
from structlog.testing import capture_logs

from judges.cache import redis
from judges.cache.entry import name_of, seal
from judges.cache.redis import RedisStore, client
from judges.cache.stored import Stored
from rubrics.verdict import Reading
from tests.judges.cache.known import NO, YES, Clock, key
from tests.judges.cache.redis_server import Command, array, bulk, fake_redis, on_loopback, url_of

pytest.importorskip("redis", reason="needs the extra `redis`")

PREFIX = b"gavel:"


def cached(url: str, bound_s: float = 5.0, clock: Clock | None = None) -> Stored:
    return Stored(RedisStore(client(url, "URL"), PREFIX.decode(), 3600), "redis", bound_s, clock or Clock())


def sealed(number: int, reading: Reading) -> bytes:
    entry = seal(key(number), reading)
    assert entry is not None
    return entry


SHELF: dict[bytes, bytes] = {
    PREFIX + name_of(key(1)): sealed(1, YES),
    PREFIX + name_of(key(2)): sealed(2, NO),
}


def honest(received: Command) -> bytes:
    if received[0] == b"EVAL":
        return b":%s\r\n" % received[2]
    return array([SHELF.get(name) for name in received[1:]])


async def gets(cache: Stored, *numbers: int) -> list[Reading | None]:
    return await asyncio.gather(*(cache.get(key(number)) for number in numbers))


async def test_lookups_of_one_moment_are_one_command() -> None:
    async with fake_redis(honest) as server:
        cache = cached(server.url)
        assert await gets(cache, 1, 2, 3) == [YES, NO, None]
        assert server.commands == [[b"MGET", *(PREFIX + name_of(key(number)) for number in (1, 2, 3))]]
        await cache.aclose()


async def test_new_entries_are_one_command() -> None:
    async with fake_redis(honest) as server:
        cache = cached(server.url)
        for number in range(200):
            cache.put(key(number), YES)
        await cache.aclose()
        ((name, _, count, *rest),) = server.commands
        assert (name, count) == (b"EVAL", b"200")
        assert rest[:200] == [PREFIX + name_of(key(number)) for number in range(200)]
        assert rest[200:] == [b"3600", *(sealed(number, YES) for number in range(200))]


def others(received: Command) -> bytes:
    """Everyone gets the other's entry."""
    return array([SHELF.get(name) for name in reversed(received[1:])])


LIES = {
    "the entries of others": others,
    "an entry of its own": lambda _: array([sealed(1, YES)[16:] * 2, b"yes"]),
    "too few": lambda _: array([b"x"]),
    "too many": lambda _: array([b"x"] * 3),
    "none": lambda _: b"*-1\r\n",
    "numbers": lambda _: b"*2\r\n:1\r\n:1\r\n",
    "one text": lambda _: bulk(b"yes"),
    "a status": lambda _: b"+OK\r\n",
    "an error": lambda _: b"-NOAUTH Authentication required, said hunter2.\r\n",
    "an error among the values": lambda _: b"*2\r\n-ERR no\r\n-ERR no\r\n",
    "arrays in arrays": lambda _: b"*1\r\n" * 100_000,
    "noise": lambda _: b"\xff\xfe\x00\r\n" * 10,
    "HTML": lambda _: b"HTTP/1.1 200 OK\r\n\r\n<html>",
    "a negative length": lambda _: b"*2\r\n$-7\r\n$-9\r\n",
    "a length that is none": lambda _: b"*2\r\n$ten\r\n",
    "empty values": lambda _: array([b"", b""]),
    "a huge value": lambda _: array([bytes(2**20), bytes(2**20)]),
    "lengths that overlap": lambda _: b"*2\r\n$3\r\nabcdef\r\n$3\r\nabc\r\n",
}


@pytest.mark.parametrize("lie", list(LIES))
async def test_p11_a_lie_is_a_miss(lie: str) -> None:
    async with fake_redis(LIES[lie]) as server:
        cache = cached(server.url)
        with capture_logs() as lines:
            assert await gets(cache, 1, 2) == [None, None]
            assert await gets(cache, 1, 2) == [None, None]
            cache.put(key(1), YES)
            await cache.aclose()
        assert len(lines) <= 1
        assert "hunter2" not in repr(lines)


HANGS = {
    "silence": lambda _: None,
    "half an answer": lambda received: honest(received)[:20],
    "a value without an end": lambda _: b"*2\r\n$9999999999\r\n" + bytes(1000),
}


@pytest.mark.parametrize("hang", list(HANGS))
async def test_p11_a_server_that_hangs_is_a_miss_in_time(hang: str) -> None:
    async with fake_redis(HANGS[hang]) as server:
        cache = cached(server.url, bound_s=0.01)
        async with asyncio.timeout(5):
            for _ in range(20):
                assert await gets(cache, 1, 2) == [None, None]
        assert len(server.commands) <= 2
        await cache.aclose()


async def test_p11_a_server_that_hung_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis, "_CONNECT_S", 0.05)
    asked = 0

    def hung_at_first(received: Command) -> bytes | None:
        nonlocal asked
        asked += 1
        return honest(received) if asked > 1 else None

    async with fake_redis(hung_at_first) as server:
        clock = Clock()
        cache = cached(server.url, 0.01, clock)
        assert await gets(cache, 1) == [None]
        async with asyncio.timeout(3):
            while await gets(cache, 1) != [YES]:
                clock.now += 1
        await cache.aclose()


async def test_p05_a_late_answer_is_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer to the first question comes when the second is asked: with the right number of values."""
    monkeypatch.setattr(redis, "_CONNECT_S", 0.05)
    late: list[Command] = []

    def behind(received: Command) -> bytes | None:
        late.append(received)
        return honest(late[-2]) if len(late) > 1 else None

    async with fake_redis(behind) as server:
        clock = Clock()
        cache = cached(server.url, 0.01, clock)
        assert await gets(cache, 1, 2) == [None, None]
        async with asyncio.timeout(5):
            while len(late) < 2:
                clock.now += 1
                assert await gets(cache, 2, 3) == [None, None]
                await asyncio.sleep(0)
        await cache.aclose()
        assert server.connections > 1


async def test_p11_a_server_that_is_down_costs_one_attempt_and_is_found_again() -> None:
    bound, clock = on_loopback(), Clock()
    cache = cached(url_of(bound), clock=clock)
    with capture_logs() as lines:
        assert await gets(cache, *range(100)) == [None] * 100
        assert await gets(cache, *range(100)) == [None] * 100
        async with fake_redis(honest, bound):
            clock.now += 1
            assert await gets(cache, 1) == [YES]
            await cache.aclose()
    assert [line.get("problem") for line in lines] == ["ConnectionError (ConnectionRefusedError)", None]


async def test_p24_the_password_is_nowhere() -> None:
    url = "redis://user:hunter2@127.0.0.1:1/0"
    with capture_logs() as lines:
        cache = cached(url)
        assert await cache.get(key(1)) is None
        await cache.aclose()
    assert lines
    assert "hunter2" not in repr(lines)
