import asyncio
import math

import pytest

from judges import caller as callers
from judges import clock
from judges.backends.scripted import ScriptedBackend, answer
from judges.caller import NO_DEADLINE_S, NOT_ASKED, YIELDED_S, Caller, calling, current
from judges.deadline import ends_at, within
from judges.judge import Judge
from judges.request import Prompt, Shared
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from tests.judges.engine.fleets import cancelled, now, soon, virtually


def test_there_is_nobody_outside_of_a_request() -> None:
    assert current() is None
    with calling() as caller:
        assert current() is caller
        with calling() as inner:
            assert current() is inner
        assert current() is caller
    assert current() is None


def test_a_caller_is_left_with_an_exception_too() -> None:
    with pytest.raises(ValueError, match="as told"), calling():
        raise ValueError("as told")
    assert current() is None


def test_a_caller_is_as_urgent_as_its_deadline_is_near() -> None:
    with calling() as caller:
        assert caller.urgency == pytest.approx(clock.now() + NO_DEADLINE_S, abs=1.0)
    with within(5.0):
        ends = ends_at()
        with calling() as caller:
            assert caller.urgency == ends
            caller.granted()
            assert caller.urgency == pytest.approx(ends + YIELDED_S)


async def test_tasks_ask_on_behalf_of_the_caller_that_made_them() -> None:
    async def who() -> Caller | None:
        await asyncio.sleep(0)
        return current()

    with calling() as one:
        first = asyncio.create_task(who())
    with calling() as other:
        second = asyncio.create_task(who())
    assert (await first, await second, await who()) == (one, other, None)


def test_p14_groups_have_their_places_in_the_order_in_which_they_began() -> None:
    caller = Caller(math.inf)
    assert [caller.turn(route) for route in (b"x", b"y", b"x", b"z", b"y")] == [0, 1, 0, 2, 1]
    assert Caller(math.inf).turn(b"y") == 0


def test_p19_a_caller_who_never_leaves_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "GROUPS", 100)
    caller = Caller(math.inf)
    places = [caller.turn(b"%d" % number) for number in range(1_000)]
    assert places == list(range(1_000))  # later groups come later, whatever has been forgotten
    assert len(caller._groups) <= 100


# -- rollouts are taken up one after the other -------------------------------------------------------


class Rollouts:
    """Rollouts of one caller, each judged by calls that the test lets through."""

    def __init__(self, caller: Caller, most: int) -> None:
        self._caller = caller
        self._most = most
        self.begun: list[int] = []
        self.doors: dict[int, asyncio.Event] = {}
        self._in_line: dict[int, int] = {}

    async def judge(self, number: int, calls: int) -> None:
        async with self._caller.taking_up(self._most):
            self.begun.append(number)
            self._in_line[number] = calls
            for _ in range(calls):
                self._caller.joined_line()
            door = self.doors[number] = asyncio.Event()
            try:
                await door.wait()
            finally:
                while self._in_line[number]:
                    self._leave(number)

    def _leave(self, number: int) -> None:
        self._in_line[number] -= 1
        self._caller.left_line()

    async def end(self, number: int) -> None:
        """Its calls are granted, one after the other."""
        while self._in_line[number]:
            self._leave(number)
            await soon()
        self.doors[number].set()
        await soon()

    def start(self, count: int, calls: int) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(self.judge(number, calls)) for number in range(count)]


@virtually
async def test_rollouts_are_taken_up_in_order_while_few_calls_are_in_line() -> None:
    caller = Caller(math.inf)
    rollouts = Rollouts(caller, most=10)
    tasks = rollouts.start(8, calls=5)
    await soon()
    assert rollouts.begun == [0, 1]
    for number in range(8):
        assert caller.waiting <= 14
        await rollouts.end(number)
    assert rollouts.begun == list(range(8))
    await asyncio.gather(*tasks)
    assert caller.waiting == 0


@virtually
async def test_rollouts_without_calls_in_line_do_not_hold_up_the_others() -> None:
    caller = Caller(math.inf)
    rollouts = Rollouts(caller, most=10)
    tasks = rollouts.start(2, calls=5)
    await soon()

    async def known() -> float:
        async with caller.taking_up(10):
            return now()

    quick = [asyncio.create_task(known()) for _ in range(50)]
    await soon()
    assert not any(task.done() for task in quick)
    rollouts.doors[0].set()
    for _ in range(20):
        await soon()
    assert all(task.done() for task in quick)
    rollouts.doors[1].set()
    await asyncio.gather(*tasks)


@virtually
async def test_p13_a_rollout_that_is_cancelled_leaves_its_turn_to_the_next() -> None:
    caller = Caller(math.inf)
    rollouts = Rollouts(caller, most=10)
    tasks = rollouts.start(6, calls=10)
    await soon()
    assert rollouts.begun == [0]
    await cancelled(tasks[1:3])
    await rollouts.end(0)
    assert rollouts.begun == [0, 3]
    await cancelled(tasks)
    assert caller.waiting == 0


@pytest.mark.parametrize("moments", range(6))
@virtually
async def test_p13_no_turn_is_lost_whenever_its_rollout_is_cancelled(moments: int) -> None:
    caller = Caller(math.inf)
    rollouts = Rollouts(caller, most=1)
    tasks = rollouts.start(3, calls=1)
    await soon()
    rollouts.doors[0].set()
    for _ in range(moments):
        await asyncio.sleep(0)
    tasks[1].cancel()
    await soon()
    assert rollouts.begun[-1] == 2
    await cancelled(tasks)


def test_a_caller_without_an_allowance_asks_what_it_likes() -> None:
    with calling() as caller:
        assert [caller.may_ask() for _ in range(3)] == [True] * 3
        assert (caller.refused, caller.behind) == (0, 0)


def test_a_caller_asks_no_more_than_it_may() -> None:
    with calling(2) as caller:
        assert [caller.may_ask() for _ in range(4)] == [True, True, False, False]
        assert caller.refused == 2


async def test_a_judge_is_not_asked_beyond_an_allowance() -> None:
    backend = ScriptedBackend(lambda _: answer("yes"))
    judge = Judge(backend)
    prompt = Prompt(Shared("be fair", "the text"), "is it so?")
    with calling(1):
        found = [await judge.ask(prompt, ("yes", "no"), f"r/{number}") for number in range(3)]
    assert [isinstance(each, Unscored) for each in found] == [False, True, True]
    assert found[1] == Unscored(Cause.COMPONENT_ERROR, NOT_ASKED)
    assert len(backend.requests) == 1
    await judge.aclose()
