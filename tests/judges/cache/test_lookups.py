"""Lookups go out together, never wait long and never raise."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import cast

import pytest
from structlog.testing import capture_logs

from judges.cache.breaker import Breaker, Notice, StoreError
from judges.cache.lookups import MOST, Lookups, _Alarm
from tests.judges.cache.known import Clock

SHORT_S = 0.01
LONG_S = 60.0


class Shelf:
    """A store that answers when told to: each name's entry is the name twice."""

    def __init__(self) -> None:
        self.asked: list[list[bytes]] = []
        self.answers: list[asyncio.Future[None]] = []

    async def __call__(self, names: Sequence[bytes]) -> Mapping[bytes, bytes]:
        self.asked.append(list(names))
        self.answers.append(asyncio.get_running_loop().create_future())
        await self.answers[-1]
        return {name: 2 * name for name in names if name != b"unknown"}


def lookups(shelf: Shelf, bound_s: float = LONG_S, clock: Callable[[], float] | None = None) -> Lookups:
    return Lookups(shelf, bound_s, Breaker(Notice("shelf"), clock or Clock()))


def wanted(found: Lookups, *names: bytes) -> list[asyncio.Task[bytes | None]]:
    return [asyncio.create_task(found.get(name)) for name in names]


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_lookups_of_one_moment_are_one_question() -> None:
    shelf = Shelf()
    asking = wanted(lookups(shelf), b"a", b"b", b"unknown")
    await settled()
    shelf.answers[0].set_result(None)
    assert await asyncio.gather(*asking) == [b"aa", b"bb", None]
    assert shelf.asked == [[b"a", b"b", b"unknown"]]


async def test_lookups_that_come_meanwhile_wait_and_go_out_together() -> None:
    shelf = Shelf()
    found = lookups(shelf)
    asking = wanted(found, b"a")
    await settled()
    for name in (b"b", b"c", b"d"):
        asking += wanted(found, name)
        await settled()
    assert shelf.asked == [[b"a"]]
    shelf.answers[0].set_result(None)
    await settled()
    assert shelf.asked == [[b"a"], [b"b", b"c", b"d"]]
    shelf.answers[1].set_result(None)
    assert await asyncio.gather(*asking) == [b"aa", b"bb", b"cc", b"dd"]


async def test_a_question_has_an_end() -> None:
    shelf = Shelf()
    asking = wanted(lookups(shelf), *(b"%d" % number for number in range(MOST + 1)))
    await settled()
    shelf.answers[0].set_result(None)
    await settled()
    shelf.answers[1].set_result(None)
    await asyncio.gather(*asking)
    assert [len(names) for names in shelf.asked] == [MOST, 1]


async def test_p11_none_waits_longer_than_the_bound() -> None:
    shelf = Shelf()
    found = lookups(shelf, SHORT_S)
    asking = wanted(found, b"a")
    await settled()
    asking += wanted(found, b"b")
    assert await asyncio.gather(*asking) == [None, None]
    assert await found.get(b"c") is None
    assert shelf.asked == [[b"a"]]
    await found.aclose()


async def test_after_an_overdue_answer_the_store_is_asked_again() -> None:
    shelf = Shelf()
    found = lookups(shelf, SHORT_S)
    assert await found.get(b"a") is None
    shelf.answers[0].set_result(None)
    await settled()
    asking = wanted(found, b"b")
    await settled()
    shelf.answers[1].set_result(None)
    assert await asyncio.gather(*asking) == [b"bb"]


async def test_two_overdue_answers_in_a_row_are_a_failure() -> None:
    shelf, clock = Shelf(), Clock()
    found = lookups(shelf, SHORT_S, clock)
    with capture_logs() as lines:
        for number in range(2):
            assert await found.get(b"a") is None
            shelf.answers[number].set_result(None)
            await settled()
    assert [line["problem"] for line in lines] == ["it takes longer than 10 ms"]
    assert await found.get(b"b") is None
    assert len(shelf.asked) == 2
    clock.now += 1
    asking = wanted(found, b"b")
    await settled()
    shelf.answers[2].set_result(None)
    assert await asyncio.gather(*asking) == [b"bb"]


async def test_p11_a_failing_store_is_a_miss_and_then_left_alone() -> None:
    asked = 0

    async def fail(names: Sequence[bytes]) -> Mapping[bytes, bytes]:
        nonlocal asked
        asked += 1
        raise StoreError("no route")

    clock = Clock()
    found = Lookups(fail, LONG_S, Breaker(Notice("shelf"), clock))
    with capture_logs() as lines:
        assert [await found.get(b"a") for _ in range(100)] == [None] * 100
        assert asked == 1
        clock.now += 1
        assert await found.get(b"a") is None
    assert asked == 2
    assert len(lines) == 1


async def test_p13_a_cancelled_lookup_leaves_the_others_alone() -> None:
    shelf = Shelf()
    leaving, staying = wanted(lookups(shelf), b"a", b"b")
    await settled()
    leaving.cancel()
    await settled()
    shelf.answers[0].set_result(None)
    assert await staying == b"bb"
    assert leaving.cancelled()


async def test_closing_answers_whoever_still_waits() -> None:
    shelf = Shelf()
    found = lookups(shelf)
    asking = wanted(found, b"a")
    await settled()
    asking += wanted(found, b"b")
    await settled()
    await found.aclose()
    assert await asyncio.gather(*asking) == [None, None]


class Loop:
    """An event loop's clock and timers, moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], None]) -> None:
        self.timers.append((self.now + delay, callback))

    def come_to(self, now: float) -> None:
        self.now = now
        due = [callback for when, callback in self.timers if when <= now]
        self.timers = [timer for timer in self.timers if timer[0] > now]
        for callback in due:
            callback()


@pytest.mark.parametrize(
    ("comes_to", "rings_at"),
    [
        ([101.0], 101.0),
        ([101.1, 103.0], 101.1),
        ([101.3, 102.0, 102.4, 103.0], 102.4),  # 0.3 s late itself: everyone gets another second
        ([108.0, 120.0], 120.0),  # once
    ],
)
def test_time_in_which_the_event_loop_was_held_up_does_not_count(
    comes_to: list[float], rings_at: float
) -> None:
    loop = Loop()
    rung: list[float] = []
    _Alarm(cast("asyncio.AbstractEventLoop", loop), 1.0, lambda: rung.append(loop.now))
    for now in comes_to:
        loop.come_to(now)
    assert rung == [rings_at]
