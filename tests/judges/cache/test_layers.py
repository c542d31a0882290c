"""A quick cache in front of a lasting one."""

from judges.cache.layers import Layers
from judges.cache.memory import Memory
from tests.judges.cache.known import NO, YES, key


def memory() -> Memory:
    return Memory(10_000, 60.0)


async def test_what_is_put_is_in_both() -> None:
    layers = Layers(memory(), memory())
    layers.put(key(1), YES)
    assert await layers.front.get(key(1)) == await layers.back.get(key(1)) == YES


async def test_what_only_the_back_knows_is_found_and_then_in_front() -> None:
    layers = Layers(memory(), memory())
    layers.back.put(key(1), YES)
    assert await layers.get(key(1)) == YES
    assert await layers.front.get(key(1)) == YES


async def test_the_front_is_asked_first() -> None:
    layers = Layers(memory(), memory())
    layers.front.put(key(1), YES)
    layers.back.put(key(1), NO)
    assert await layers.get(key(1)) == YES


async def test_what_neither_knows_is_not_found() -> None:
    layers = Layers(memory(), memory())
    assert await layers.get(key(1)) is None
    assert await layers.front.get(key(1)) is None
