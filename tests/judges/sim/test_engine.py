import asyncio

import pytest

from judges.sim.counters import Counters
from judges.sim.engine import Engine
from judges.sim.options import SimOptions


class ManualClock:
    """Sleepers wait until they are woken by hand, in the order in which they lay down."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._sleeping: list[asyncio.Event] = []

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        alarm = asyncio.Event()
        self._sleeping.append(alarm)
        await alarm.wait()

    async def wake_first(self) -> None:
        self._sleeping.pop(0).set()
        await settle()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


OPTIONS = SimOptions(ttft=0.5, prefill_tps=100.0, decode_tps=10.0, slots=1)


async def test_slot_is_held_for_the_service_time_after_the_cache() -> None:
    clock, counters = ManualClock(), Counters()
    engine = Engine(OPTIONS, counters, clock.sleep)
    calls = [asyncio.create_task(engine.generate(b"x" * 400, output_tokens=3)) for _ in range(2)]
    await settle()
    await clock.wake_first()
    await clock.wake_first()
    # 100 tokens: 0.5 + 100/100 + 2/10; then 96 of them are known: 0.5 + 4/100 + 2/10
    assert clock.seconds == pytest.approx([1.7, 0.74])
    assert [(await call).cached_tokens for call in calls] == [0, 96]
    assert (counters.prompt_tokens, counters.cached_tokens, counters.decode_tokens) == (200, 96, 6)


async def test_without_the_cache_every_token_is_computed() -> None:
    clock = ManualClock()
    options = OPTIONS.model_copy(update={"prefix_cache": False})
    engine = Engine(options, Counters(), clock.sleep)
    calls = [asyncio.create_task(engine.generate(b"x" * 400, 1)) for _ in range(2)]
    await settle()
    await clock.wake_first()
    await clock.wake_first()
    assert clock.seconds == [1.5, 1.5]
    assert [(await call).cached_tokens for call in calls] == [0, 0]


async def test_queue_is_first_come_first_served() -> None:
    clock, counters, done = ManualClock(), Counters(), list[int]()
    engine = Engine(OPTIONS.model_copy(update={"slots": 2}), counters, clock.sleep)

    async def call(number: int) -> None:
        await engine.generate(b"%d" % number, 1)
        done.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(call(number))
        await settle()
        assert (counters.in_flight, counters.queued) == (2, 3)
        for _ in range(5):
            await clock.wake_first()
    assert done == [0, 1, 2, 3, 4]
    assert (counters.in_flight, counters.queued, counters.peak_in_flight) == (0, 0, 2)


async def test_cancelled_calls_give_up_slot_and_place() -> None:
    clock, counters = ManualClock(), Counters()
    engine = Engine(OPTIONS, counters, clock.sleep)
    running, waiting, last = (asyncio.create_task(engine.generate(b"x", 1)) for _ in range(3))
    await settle()
    waiting.cancel()
    running.cancel()
    await settle()
    assert (counters.in_flight, counters.queued) == (1, 0)
    clock._sleeping.pop(0)
    await clock.wake_first()
    assert (await last).completion_tokens == 1
    assert counters.in_flight == 0
