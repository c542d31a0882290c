import math
from collections import Counter, defaultdict
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judges.caller import Caller
from judges.engine.queue import URGENT, Queue, Waiting
from tests.judges.engine.fleets import virtually


def waiting(caller: Caller, turn: int) -> Waiting:
    return Waiting(caller, b"%d" % turn, turn)


def popped(queue: Queue, count: int) -> list[tuple[Caller, int]]:
    calls = [queue.pop() for _ in range(count)]
    assert None not in calls
    return [(call.caller, call.turn) for call in calls if call is not None]


def cancel(queue: Queue, call: Waiting) -> None:
    call.granted.cancel()
    queue.forget()


@virtually
async def test_p14_a_small_caller_is_served_between_the_calls_of_a_big_one() -> None:
    big, small, queue = Caller(10.0), Caller(20.0), Queue()
    for _ in range(100):
        queue.push(waiting(big, 0))
    popped(queue, 8)
    for _ in range(4):
        queue.push(waiting(small, 0))
    assert [caller for caller, _ in popped(queue, 4)] == [small] * 4  # it has fewer in flight throughout
    assert [caller for caller, _ in popped(queue, 2)] == [big] * 2


@virtually
async def test_callers_with_as_many_calls_in_flight_take_turns_oldest_deadline_first() -> None:
    late, early, never, queue = Caller(30.0), Caller(20.0), Caller(math.inf), Queue()
    for caller in (never, late, early):
        for _ in range(2):
            queue.push(waiting(caller, 0))
    assert [caller for caller, _ in popped(queue, 6)] == [early, late, never] * 2


@virtually
async def test_a_caller_with_an_allowance_waits_for_all_others() -> None:
    aside, busy, queue = Caller(0.0, 100), Caller(math.inf), Queue()
    for _ in range(20):
        queue.push(waiting(aside, 0))
        queue.push(waiting(busy, 0))
    assert [caller for caller, _ in popped(queue, 25)] == [busy] * 20 + [aside] * 5


@virtually
async def test_callers_with_the_same_deadline_take_turns_at_a_single_slot() -> None:
    callers, queue = [Caller(math.inf), Caller(math.inf)], Queue()
    for caller in callers:
        for _ in range(50):
            queue.push(waiting(caller, 0))
    served = []
    for _ in range(100):
        call = queue.pop()
        assert call is not None
        served.append(call.caller)
        queue.ended(call.caller)
    assert served == callers * 50


@virtually
async def test_a_small_caller_does_not_wait_for_a_big_one_with_an_older_deadline_and_few_slots() -> None:
    big, small, queue = Caller(60.0), Caller(61.0), Queue()
    for caller, calls in ((big, 300), (small, 5)):
        for _ in range(calls):
            queue.push(waiting(caller, 0))
    served = []
    for _ in range(305):
        call = queue.pop()
        assert call is not None
        served.append(call.caller)
        queue.ended(call.caller)
    last = 305 - served[::-1].index(small)
    assert last <= 20 + 2 * 5  # a second of deadlines is worth 20 calls; then they take turns
    assert served[:20] == [big] * 20


@virtually
async def test_a_callers_groups_are_served_in_the_order_in_which_they_began() -> None:
    caller, queue = Caller(math.inf), Queue()
    for turn in (2, 0, 1, 0, URGENT, 2):
        queue.push(waiting(caller, turn))
    assert [turn for _, turn in popped(queue, 6)] == [URGENT, 0, 0, 1, 2, 2]
    assert queue.pop() is None


@virtually
async def test_calls_that_were_cancelled_are_passed_over() -> None:
    caller, queue = Caller(math.inf), Queue()
    calls = [waiting(caller, turn) for turn in range(4)]
    for call in calls:
        queue.push(call)
    cancel(queue, calls[0])
    cancel(queue, calls[2])
    assert len(queue) == 2
    assert popped(queue, 2) == [(caller, 1), (caller, 3)]
    assert queue.pop() is None


@virtually
async def test_the_group_served_last_is_stolen_whole_from_the_longest_line() -> None:
    long, short, queue = Caller(1.0), Caller(1.0), Queue()
    for turn in (0, 1, 0, 1, 1):
        queue.push(waiting(long, turn))
    queue.push(waiting(short, 0))
    stolen = list(queue.steal())
    assert [(call.caller, call.turn) for call in stolen] == [(long, 1)] * 3
    assert len(queue) == 3


@virtually
async def test_of_a_group_alone_in_line_only_the_later_half_is_stolen() -> None:
    caller, queue = Caller(math.inf), Queue()
    calls = [waiting(caller, 0) for _ in range(5)]
    for call in calls:
        queue.push(call)
    assert list(queue.steal()) == calls[2:]
    assert list(queue.steal()) == [calls[1]]
    assert list(queue.steal()) == [calls[0]]
    assert list(queue.steal()) == []


@virtually
async def test_a_line_of_cancelled_calls_does_not_hide_those_to_steal() -> None:
    gone, caller, queue = Caller(math.inf), Caller(math.inf), Queue()
    dead = [waiting(gone, 0) for _ in range(900)]
    alive = waiting(caller, 0)
    for call in (*dead, alive):
        queue.push(call)
    for call in dead:
        cancel(queue, call)
    assert list(queue.steal()) == [alive]


@virtually
async def test_p19_cancelled_calls_and_old_offers_do_not_pile_up() -> None:
    caller, queue = Caller(math.inf), Queue()
    for _ in range(100):
        queue.push(waiting(caller, 0))
    for _ in range(20_000):  # the line never gets empty, so nothing is cleared for free
        queue.push(waiting(caller, 0))
        popped(queue, 1)
        queue.ended(caller)
        call = waiting(Caller(1.0), 0)
        queue.push(call)
        cancel(queue, call)
    assert len(queue) == 100
    assert len(queue._next) < 5_000
    assert len(queue._lanes) < 2_500


@virtually
async def test_a_caller_that_has_left_is_forgotten() -> None:
    queue = Queue()
    for _ in range(100):
        caller = Caller(1.0)
        queue.push(waiting(caller, 0))
        popped(queue, 1)
        queue.ended(caller)
    assert not queue._lanes


class Model:
    """What a queue should hold, kept in the plainest way."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.queue = Queue()
        self.callers = [Caller(random.choice([1.0, 2.0, math.inf])) for _ in range(4)]
        self.line: list[Waiting] = []
        self.in_flight: Counter[Caller] = Counter()
        self.unforgotten = 0

    def step(self) -> None:
        random = self.random
        random.choices(
            [self.push, self.pop, self.end, self.cancel, self.forget, self.steal], [6, 4, 3, 2, 2, 1]
        )[0]()
        assert len(self.queue) == len(self.line) + self.unforgotten

    def push(self) -> None:
        call = waiting(self.random.choice(self.callers), self.random.randrange(-1, 4))
        self.queue.push(call)
        self.line.append(call)

    def pop(self) -> None:
        rank = {caller: (self.in_flight[caller], caller.urgency) for caller in self.callers}
        call = self.queue.pop()
        if call is None:
            assert not self.line
            return
        assert rank[call.caller] == min(rank[other.caller] for other in self.line)
        assert call is min((c for c in self.line if c.caller is call.caller), key=lambda c: c.turn)
        self.line.remove(call)
        self.in_flight[call.caller] += 1

    def end(self) -> None:
        busy = [caller for caller in self.callers if self.in_flight[caller]]
        if busy:
            caller = self.random.choice(busy)
            self.queue.ended(caller)
            self.in_flight[caller] -= 1

    def cancel(self) -> None:
        if self.line:
            call = self.line.pop(self.random.randrange(len(self.line)))
            call.granted.cancel()
            self.unforgotten += 1

    def forget(self) -> None:
        """Whoever waited for a cancelled call notices later."""
        for _ in range(self.unforgotten):
            self.queue.forget()
        self.unforgotten = 0

    def steal(self) -> None:
        stolen = list(self.queue.steal())
        assert bool(stolen) == bool(self.line)
        if stolen:
            own = [call for call in self.line if call.caller is stolen[0].caller]
            last = max(call.turn for call in own)
            group = [call for call in own if call.turn == last]
            assert stolen == group or (group == self.line and stolen == group[len(group) // 2 :])
            self.line = [call for call in self.line if call not in stolen]

    def drain(self) -> None:
        drained = list(self.queue.drain())
        by_caller: dict[Caller, list[Waiting]] = defaultdict(list)
        for call in drained:
            by_caller[call.caller].append(call)
        for calls in by_caller.values():
            assert [call.turn for call in calls] == sorted(call.turn for call in calls)
        assert sorted(map(id, drained)) == sorted(map(id, self.line))
        self.forget()
        assert len(self.queue) == 0


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 2**32), st.integers(1, 200))
def test_p14_fairness_order_and_counts_hold_whatever_happens(seed: int, steps: int) -> None:
    @virtually
    async def run() -> None:
        model = Model(Random(seed))
        for _ in range(steps):
            model.step()
        model.drain()
        for caller, calls in model.in_flight.items():
            for _ in range(calls):
                model.queue.ended(caller)
        assert not model.queue._lanes

    run()


@pytest.mark.parametrize("sweep", [False, True])
def test_calls_cancelled_in_numbers_leave_the_rest_in_order(sweep: bool) -> None:
    @virtually
    async def run() -> None:
        queue, callers = Queue(), [Caller(math.inf) for _ in range(3)]
        calls = [waiting(caller, turn) for turn in range(1_000 if sweep else 50) for caller in callers]
        for call in calls:
            queue.push(call)
        for call in calls[:-6]:
            cancel(queue, call)
        assert {(call.caller, call.turn) for call in calls[-6:]} == set(popped(queue, 6))
        assert queue.pop() is None

    run()
