"""Writes are gathered, tried again and bounded."""

import asyncio
from collections.abc import Mapping

import pytest

from judges.cache import writes as module
from judges.cache.breaker import Breaker, Notice, StoreError
from judges.cache.writes import MOST, Writes
from tests.judges.cache.known import Clock


class Shelf:
    """Where batches are written; `broken` while it takes none."""

    def __init__(self) -> None:
        self.batches: list[dict[bytes, bytes]] = []
        self.broken = False
        self.written = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, entries: Mapping[bytes, bytes]) -> None:
        self.written.set()
        await self.gate.wait()
        if self.broken:
            raise StoreError("full")
        self.batches.append(dict(entries))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINGER_S", 0.0)
    monkeypatch.setattr(module, "CLOSE_S", 0.02)


def writes(shelf: Shelf, clock: Clock | None = None) -> Writes:
    return Writes(shelf, Breaker(Notice("shelf"), clock or Clock()))


async def test_entries_of_one_moment_are_one_batch() -> None:
    shelf = Shelf()
    new = writes(shelf)
    for number in range(100):
        new.put(b"%d" % number, b"entry")
    await shelf.written.wait()
    await new.aclose()
    assert [len(batch) for batch in shelf.batches] == [100]


async def test_entries_that_come_meanwhile_are_the_next_batch() -> None:
    shelf = Shelf()
    new = writes(shelf)
    shelf.gate.clear()
    new.put(b"a", b"1")
    await shelf.written.wait()
    shelf.written.clear()
    new.put(b"b", b"2")
    new.put(b"c", b"3")
    shelf.gate.set()
    await shelf.written.wait()
    await new.aclose()
    assert shelf.batches == [{b"a": b"1"}, {b"b": b"2", b"c": b"3"}]


async def test_closing_writes_what_waits() -> None:
    shelf = Shelf()
    new = writes(shelf)
    new.put(b"a", b"1")
    await new.aclose()
    assert shelf.batches == [{b"a": b"1"}]


async def test_a_batch_that_fails_is_tried_again_when_the_store_is_worth_a_try() -> None:
    shelf, clock = Shelf(), Clock()
    new = writes(shelf, clock)
    shelf.broken = True
    new.put(b"a", b"1")
    await shelf.written.wait()
    shelf.broken = False
    await new.aclose()
    assert shelf.batches == []
    clock.now += 1
    new.put(b"b", b"2")
    await new.aclose()
    assert shelf.batches == [{b"a": b"1", b"b": b"2"}]


async def test_p19_what_waits_is_bounded() -> None:
    shelf = Shelf()
    new = writes(shelf)
    for number in range(2 * MOST):
        new.put(b"%d" % number, b"entry")
    await new.aclose()
    assert [len(batch) for batch in shelf.batches] == [MOST]


async def test_p19_what_waits_for_a_broken_store_is_bounded() -> None:
    shelf, clock = Shelf(), Clock()
    new = writes(shelf, clock)
    shelf.broken = True
    for number in range(3):
        for each in range(MOST):
            new.put(b"%d %d" % (number, each), b"entry")
        await new.aclose()
        clock.now += 100
    shelf.broken = False
    await new.aclose()
    assert [len(batch) for batch in shelf.batches] == [MOST]


async def test_p19_a_batch_that_fails_and_what_came_meanwhile_are_bounded_together() -> None:
    shelf, clock = Shelf(), Clock()
    new = writes(shelf, clock)
    shelf.gate.clear()
    shelf.broken = True
    for each in range(MOST):
        new.put(b"first %d" % each, b"entry")
    await shelf.written.wait()
    for each in range(MOST):
        new.put(b"second %d" % each, b"entry")
    shelf.gate.set()
    await new.aclose()
    shelf.broken = False
    clock.now += 1
    await new.aclose()
    assert [len(batch) for batch in shelf.batches] == [MOST]


async def test_closing_does_not_wait_for_a_store_that_hangs() -> None:
    shelf = Shelf()
    new = writes(shelf)
    shelf.gate.clear()
    new.put(b"a", b"1")
    await shelf.written.wait()
    async with asyncio.timeout(5):
        await new.aclose()
    assert shelf.batches == []
