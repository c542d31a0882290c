import math
import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judges.sim.counters import Counters
from judges.sim.engine import Engine, Job, Usage
from judges.sim.options import SimOptions
from tests.judges.sim.manual_clock import ManualClock

OPTIONS = SimOptions(ttft=0.5, prefill_tps=100.0, decode_tps=10.0, slots=1)
SECOND = SimOptions(ttft=1.0, prefill_tps=0.0, decode_tps=0.0, slots=1, prefix_cache=False)


class World:
    """An engine, its clock, and when each call ended: seconds since the beginning."""

    def __init__(self, options: SimOptions, grain: float = 0.0) -> None:
        self.clock = ManualClock(grain)
        self.counters = Counters()
        self.engine = Engine(options, self.counters, self.clock)
        self.ended: dict[str, float] = {}
        self.usage: dict[str, Usage] = {}
        self._began = self.clock.now()

    def submit(self, name: str, prompt: bytes = b"x", output_tokens: int = 1) -> Job:
        return self.engine.submit(prompt, output_tokens, self._done(name))

    def _done(self, name: str) -> Callable[[Usage], None]:
        def done(usage: Usage) -> None:
            self.usage[name] = usage
            self.ended[name] = self.clock.now() - self._began

        return done


def options(**values: object) -> SimOptions:
    return SECOND.model_copy(update=values)


def test_slot_is_held_for_the_service_time_after_the_cache() -> None:
    world = World(OPTIONS)
    world.submit("first", b"x" * 400, 3)
    world.submit("second", b"x" * 400, 3)
    world.clock.go(10)
    # 100 tokens: 0.5 + 100/100 + 2/10 = 1.7; then 96 of them are known: 0.5 + 4/100 + 2/10 = 0.74
    assert world.ended == pytest.approx({"first": 1.7, "second": 2.44}, abs=1e-3)
    assert [usage.cached_tokens for usage in world.usage.values()] == [0, 96]
    counters = world.counters
    assert (counters.prompt_tokens, counters.cached_tokens, counters.decode_tokens) == (200, 96, 6)
    assert counters.slot_seconds == pytest.approx(2.44)


def test_without_the_cache_every_token_is_computed() -> None:
    world = World(OPTIONS.model_copy(update={"prefix_cache": False}))
    for name in "ab":
        world.submit(name, b"x" * 400)
    world.clock.go(10)
    assert world.ended == pytest.approx({"a": 1.5, "b": 3.0}, abs=1e-3)
    assert [usage.cached_tokens for usage in world.usage.values()] == [0, 0]


def test_speed_divides_every_part_of_the_time() -> None:
    world = World(OPTIONS.model_copy(update={"speed": 0.1}))
    world.submit("slow", b"x" * 400, 3)
    world.clock.go(20)
    assert world.ended == pytest.approx({"slow": 17.0}, abs=1e-3)


def test_queue_is_first_come_first_served() -> None:
    world = World(options(slots=2))
    for name in "abcde":
        world.submit(name)
    assert (world.counters.in_flight, world.counters.queued) == (2, 3)
    world.clock.go(10)
    assert world.ended == pytest.approx({"a": 1, "b": 1, "c": 2, "d": 2, "e": 3}, abs=1e-3)
    assert (world.counters.in_flight, world.counters.queued, world.counters.peak_in_flight) == (0, 0, 2)


def test_late_timers_do_not_add_up() -> None:
    # Timers fire at whole seconds only, calls take 1.3 s: the tenth should end at 13.0 and does, though
    # nine timers before it were late by up to 0.9 s.
    world = World(options(ttft=1.3), grain=1.0)
    for name in "abcdefghij":
        world.submit(name)
    world.clock.go(20)
    assert world.ended["a"] == pytest.approx(2.0)
    assert world.ended["j"] == pytest.approx(13.0, abs=1e-3)


def test_calls_without_service_time_end_at_once() -> None:
    world = World(options(ttft=0.0))
    for name in "ab":
        world.submit(name)
    assert list(world.ended) == ["a", "b"]


def test_a_call_made_when_another_ends_waits_its_turn() -> None:
    world = World(SECOND)

    def again(_: Usage) -> None:
        world.submit("last")

    world.engine.submit(b"x", 1, again)
    world.submit("waiting")
    world.clock.go(5)
    assert world.ended == pytest.approx({"waiting": 2, "last": 3}, abs=1e-3)
    assert world.counters.peak_in_flight == 1


def test_clients_that_leave_give_up_slot_and_place() -> None:
    world = World(SECOND)
    running, waiting = world.submit("running"), world.submit("waiting")
    world.submit("last")
    world.clock.go(0.25)
    world.engine.leave(waiting)
    world.engine.leave(running)
    assert (world.counters.in_flight, world.counters.queued) == (1, 0)
    world.clock.go(5)
    assert world.ended == pytest.approx({"last": 1.25}, abs=1e-3)
    world.engine.leave(running)
    assert world.counters.in_flight == 0
    assert world.counters.slot_seconds == pytest.approx(1.25)


def test_time_in_slots_is_counted_as_it_passes() -> None:
    world = World(options(slots=4))
    for name in "abc":
        world.submit(name)
    world.clock.go(0.5)
    world.engine.count()
    assert world.counters.slot_seconds == pytest.approx(1.5)
    world.clock.go(5)
    assert world.counters.slot_seconds == pytest.approx(3.0)


def test_nothing_begins_or_ends_in_a_stall() -> None:
    world = World(options(slots=2))
    world.submit("early")
    world.clock.go(0.4)
    world.engine.stall(3.0)
    world.clock.go(1.0)
    world.submit("meanwhile")
    world.clock.go(1.9)
    assert world.ended == {}
    world.clock.go(10)
    # 0.6 s were left of the first when time stood still from 0.4 to 3.4, the second had not begun
    assert world.ended == pytest.approx({"early": 4.0, "meanwhile": 4.4}, abs=1e-3)
    assert world.counters.slot_seconds == pytest.approx(2.0)


def test_stalls_join_and_may_follow_each_other() -> None:
    world = World(SECOND)
    world.submit("a")
    world.engine.stall(2.0)
    world.clock.go(1.0)
    world.engine.stall(2.0)
    world.clock.go(2.5)
    world.engine.stall(1.0)
    world.clock.go(5)
    # 0 to 3, then half a second of work, then 3.5 to 4.5
    assert world.ended == pytest.approx({"a": 5.0}, abs=1e-3)


def test_an_instant_call_does_not_slip_through_a_stall() -> None:
    world = World(options(ttft=0.0))
    world.engine.stall(1.0)
    world.submit("a")
    assert world.ended == {}
    world.clock.go(2)
    assert world.ended == pytest.approx({"a": 1.0}, abs=1e-3)


def test_jitter_is_the_same_each_time_and_of_mean_one() -> None:
    def ends() -> list[float]:
        world = World(options(jitter="exponential", seed=3))
        for number in range(2_000):
            world.submit(str(number))
        world.clock.go(1e6)
        return list(world.ended.values())

    found = ends()
    assert found == ends()
    # one slot: the last end is the sum of 2,000 exponentials of mean 1, standard deviation 45
    assert found[-1] == pytest.approx(2_000, abs=4 * 45)
    assert len({round(b - a, 6) for a, b in pairwise(found)}) > 1_900


@given(st.integers(1, 5), st.lists(st.floats(0.0, 3.0), min_size=1, max_size=40), st.integers(0, 9))
def test_ends_are_those_of_an_exact_queue(slots: int, gaps: list[float], seed: int) -> None:
    world = World(options(slots=slots, jitter="lognormal:0.8", seed=seed))
    arrivals: list[float] = []
    for number, gap in enumerate(gaps):
        world.clock.go(gap)
        arrivals.append(sum(gaps[: number + 1]))
        world.submit(str(number))
    world.clock.go(1e4)
    draw = random.Random(f"{seed}:1")
    free = [0.0] * slots
    for number, arrived in enumerate(arrivals):
        place = free.index(min(free))
        factor = draw.lognormvariate(-0.32, 0.8)
        free[place] = max(arrived, free[place]) + factor
        # ends within half a millisecond of each other come together, and a slot may be had so much early
        assert math.isclose(world.ended[str(number)], free[place], abs_tol=1e-3 * (number + 1))
