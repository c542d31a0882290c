"""Calls in flight are joined; whoever gives up does so for itself only."""

import asyncio
import random

import pytest

from judges.backend import BackendError
from judges.cache.once import Answer, Make, Once
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from tests.judges.cache.known import NO, YES, key

KEY = key(1)
LATE = Unscored(Cause.DEADLINE)


class Calls:
    """A call that ends when and as told."""

    def __init__(self) -> None:
        self.ends: list[asyncio.Future[Answer]] = []

    async def __call__(self) -> Answer:
        self.ends.append(asyncio.get_running_loop().create_future())
        return await self.ends[-1]


async def started(once: Once, calls: Calls, tasks: int) -> list[asyncio.Task[Answer]]:
    """So many tasks that want the same, the first of them leading."""
    wanting = [asyncio.create_task(_ask(once, calls)) for _ in range(tasks)]
    await settled()
    return wanting


async def _ask(once: Once, calls: Make) -> Answer:
    return await once(KEY, calls)


async def settled() -> None:
    """Let all that can run do so."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_calls_that_are_alike_are_one() -> None:
    once, calls = Once(), Calls()
    asking = await started(once, calls, 100)
    assert KEY in once
    calls.ends[0].set_result(YES)
    assert await asyncio.gather(*asking) == [YES] * 100
    assert len(calls.ends) == 1
    assert KEY not in once


async def test_calls_that_differ_are_several() -> None:
    once, calls = Once(), Calls()
    asking = [asyncio.ensure_future(once(key(number), calls)) for number in (1, 2)]
    await settled()
    for end, answer in zip(calls.ends, (YES, NO), strict=True):
        end.set_result(answer)
    assert await asyncio.gather(*asking) == [YES, NO]


async def test_a_call_after_the_end_is_made_again() -> None:
    once, calls = Once(), Calls()
    for answer in (YES, NO):
        (asking,) = await started(once, calls, 1)
        calls.ends[-1].set_result(answer)
        assert await asking == answer


async def test_the_leader_needs_no_task_of_its_own() -> None:
    async def count() -> Answer:
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return YES

    assert await Once()(KEY, count) == YES


async def test_a_failure_is_handed_to_all() -> None:
    once, calls = Once(), Calls()
    asking = await started(once, calls, 3)
    calls.ends[0].set_result(Unscored(Cause.JUDGE_ERROR))
    assert await asyncio.gather(*asking) == [Unscored(Cause.JUDGE_ERROR)] * 3
    assert len(calls.ends) == 1


async def test_an_exception_is_handed_to_all() -> None:
    once, calls = Once(), Calls()
    asking = await started(once, calls, 3)
    calls.ends[0].set_exception(BackendError(Cause.JUDGE_ERROR, "500"))
    ends = await asyncio.gather(*asking, return_exceptions=True)
    assert [str(end) for end in ends] == ["judge_error: 500"] * 3
    assert len(calls.ends) == 1
    assert KEY not in once


async def test_when_the_leader_is_cancelled_a_follower_leads() -> None:
    once, calls = Once(), Calls()
    leader, *followers = await started(once, calls, 3)
    leader.cancel()
    await settled()
    assert leader.cancelled()
    assert len(calls.ends) == 2
    calls.ends[1].set_result(YES)
    assert await asyncio.gather(*followers) == [YES, YES]


@pytest.mark.parametrize("late", [LATE, BackendError(Cause.DEADLINE, "too late")])
async def test_the_leaders_deadline_is_its_own(late: Unscored | BackendError) -> None:
    once, calls = Once(), Calls()
    leader, *followers = await started(once, calls, 3)
    if isinstance(late, Unscored):
        calls.ends[0].set_result(late)
    else:
        calls.ends[0].set_exception(late)
    await settled()
    calls.ends[1].set_result(YES)
    assert await asyncio.gather(*followers) == [YES, YES]
    assert list(await asyncio.gather(leader, return_exceptions=True)) == [late]


async def test_a_follower_waits_no_longer_than_it_wants_to() -> None:
    once, calls = Once(), Calls()
    leader, patient = await started(once, calls, 2)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await once(KEY, calls)
    calls.ends[0].set_result(YES)
    assert list(await asyncio.gather(leader, patient)) == [YES, YES]


async def test_a_follower_that_leaves_in_the_moment_it_is_to_lead_hands_on() -> None:
    once, calls = Once(), Calls()
    leader, next_one, last = await started(once, calls, 3)
    leader.cancel()
    await asyncio.sleep(0)
    assert leader.done()
    next_one.cancel()  # its turn has come, and it has not run since
    await settled()
    assert len(calls.ends) == 2
    calls.ends[1].set_result(NO)
    assert await last == NO
    assert next_one.cancelled()
    assert KEY not in once


async def test_p13_when_all_have_left_nothing_remains() -> None:
    once, calls = Once(), Calls()
    for asking in reversed(await started(once, calls, 5)):
        asking.cancel()
    await settled()
    assert calls.ends[0].cancelled()
    assert KEY not in once


@pytest.mark.parametrize("seed", range(50))
async def test_in_any_order_one_call_is_in_flight_and_all_who_stay_are_answered(seed: int) -> None:
    chance = random.Random(seed)
    once, in_flight, most = Once(), 0, 0

    async def call() -> Answer:
        nonlocal in_flight, most
        in_flight += 1
        most = max(most, in_flight)
        try:
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
            return YES if chance.random() < 0.5 else LATE
        finally:
            in_flight -= 1

    asking: list[asyncio.Task[Answer]] = []
    for _ in range(60):
        match chance.randrange(3):
            case 0:
                asking.append(asyncio.create_task(_ask(once, call)))
            case 1 if asking:
                chance.choice(asking).cancel()
            case _:
                await asyncio.sleep(0)
    ends = await asyncio.gather(*asking, return_exceptions=True)
    assert all(end in (YES, LATE) or isinstance(end, asyncio.CancelledError) for end in ends)
    assert most <= 1
    assert KEY not in once
