"""The cache in memory: bounded in bytes and in age, the least recently used goes first."""

import tracemalloc

from judges.cache.memory import Memory
from rubrics.verdict import Reading
from tests.judges.cache.known import NO, YES, Clock, key

ROOM_FOR_TWO = 2 * 720
DAY = 86_400.0


async def test_what_was_put_is_there_and_nothing_else() -> None:
    memory = Memory(ROOM_FOR_TWO, DAY)
    memory.put(key(1), YES)
    assert await memory.get(key(1)) == YES
    assert await memory.get(key(2)) is None


async def test_the_one_that_was_not_asked_for_the_longest_goes() -> None:
    memory = Memory(ROOM_FOR_TWO, DAY)
    memory.put(key(1), YES)
    memory.put(key(2), NO)
    await memory.get(key(1))
    memory.put(key(3), NO)
    assert [await memory.get(key(number)) for number in (1, 2, 3)] == [YES, None, NO]


async def test_putting_one_again_takes_no_more_room() -> None:
    memory = Memory(ROOM_FOR_TWO, DAY)
    memory.put(key(1), NO)
    memory.put(key(2), NO)
    memory.put(key(1), YES)
    assert [await memory.get(key(number)) for number in (1, 2)] == [YES, NO]


async def test_one_that_does_not_fit_is_not_kept_and_leaves_the_room_as_it_was() -> None:
    memory = Memory(100, DAY)
    memory.put(key(1), YES)
    assert await memory.get(key(1)) is None


async def test_an_old_one_is_forgotten() -> None:
    clock = Clock()
    memory = Memory(ROOM_FOR_TWO, DAY, clock)
    memory.put(key(1), YES)
    clock.now += DAY - 1
    assert await memory.get(key(1)) == YES
    clock.now += 1
    assert await memory.get(key(1)) is None


async def test_a_reason_is_not_kept() -> None:
    memory = Memory(ROOM_FOR_TWO, DAY)
    memory.put(key(1), Reading({"yes": 1.0}, "because"))
    assert await memory.get(key(1)) == Reading({"yes": 1.0})


def test_p19_it_takes_no_more_memory_than_it_was_given() -> None:
    most = 4 * 2**20
    tracemalloc.start()
    try:
        memory = Memory(most, DAY)
        for number in range(12_000):
            share = number / 12_000
            memory.put(key(number), Reading({"yes": share, "no": 1 - share}))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most / 2 < taken < most
