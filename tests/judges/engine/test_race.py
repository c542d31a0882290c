import asyncio
from collections.abc import Callable
from contextvars import ContextVar

import pytest

from judges.backend import BackendError
from judges.engine.race import Race
from rubrics.cause import Cause
from tests.judges.engine.fleets import now, soon, virtually

DOWN = BackendError(Cause.JUDGE_UNREACHABLE, "down")


class Runner:
    """An attempt that takes a while, then answers or fails, and knows how it went."""

    def __init__(self, name: str, seconds: float, failure: BaseException | None = None) -> None:
        self.name = name
        self._seconds = seconds
        self._failure = failure
        self.fate = "not started"

    async def __call__(self) -> str:
        self.fate = "running"
        try:
            await asyncio.sleep(self._seconds)
        except asyncio.CancelledError:
            self.fate = "cancelled"
            raise
        self.fate = "done"
        if self._failure is not None:
            raise self._failure
        return self.name


def race_of(second: Callable[[], Runner] | Runner, after: float) -> Race[str]:
    race: Race[str] = Race(second if isinstance(second, Runner) else second())
    asyncio.get_running_loop().call_later(after, race.start_second)
    return race


@virtually
async def test_without_a_second_attempt_the_first_ones_end_is_the_end() -> None:
    race: Race[str] = Race(Runner("second", 1.0))
    assert await race.run(Runner("first", 1.0)) == "first"
    with pytest.raises(BackendError, match="down"):
        await Race(Runner("second", 1.0)).run(Runner("first", 1.0, DOWN))


@virtually
async def test_p16_the_second_attempt_is_cancelled_when_the_first_answers() -> None:
    first, second = Runner("first", 2.0), Runner("second", 5.0)
    assert await race_of(second, 1.0).run(first) == "first"
    await soon()
    assert second.fate == "cancelled"


@virtually
async def test_p16_the_first_attempt_is_cancelled_when_the_second_answers() -> None:
    first, second = Runner("first", 60.0), Runner("second", 1.0)
    race = race_of(second, 1.0)
    started = now()
    assert await race.run(first) == "second"
    assert now() - started == pytest.approx(2.0)
    assert (first.fate, race.overtaken) == ("cancelled", True)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(1.0)  # nothing of the cancellation is left behind


@virtually
async def test_a_first_attempt_that_fails_leaves_it_to_the_second() -> None:
    first, second = Runner("first", 2.0, DOWN), Runner("second", 3.0)
    assert await race_of(second, 1.0).run(first) == "second"


@virtually
async def test_when_both_fail_the_second_failure_is_told() -> None:
    second = Runner("second", 3.0, BackendError(Cause.JUDGE_TIMEOUT, "late"))
    with pytest.raises(BackendError, match="late"):
        await race_of(second, 1.0).run(Runner("first", 2.0, DOWN))


@pytest.mark.parametrize("failure", [DOWN, RuntimeError("a bug")])
@virtually
async def test_a_second_attempt_that_fails_disturbs_nobody(failure: Exception) -> None:
    second = Runner("second", 0.5, failure)
    assert await race_of(second, 1.0).run(Runner("first", 3.0)) == "first"


@virtually
async def test_p13_cancellation_ends_both_attempts() -> None:
    first, second = Runner("first", 60.0), Runner("second", 60.0)
    task = asyncio.create_task(race_of(second, 1.0).run(first))
    await asyncio.sleep(2.0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await soon()
    assert task.cancelled()
    assert (first.fate, second.fate) == ("cancelled", "cancelled")


@virtually
async def test_p13_cancellation_ends_a_second_attempt_that_is_on_its_own() -> None:
    second = Runner("second", 60.0)
    task = asyncio.create_task(race_of(second, 1.0).run(Runner("first", 2.0, DOWN)))
    await asyncio.sleep(3.0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await soon()
    assert task.cancelled()
    assert second.fate == "cancelled"


@pytest.mark.parametrize("seconds", [1.9, 2.0, 2.1])
@virtually
async def test_p12_a_deadline_around_the_race_holds_even_as_the_second_attempt_answers(
    seconds: float,
) -> None:
    first, second = Runner("first", 60.0), Runner("second", 1.0)
    try:
        async with asyncio.timeout(seconds):
            answer = await race_of(second, 1.0).run(first)
    except TimeoutError:
        answer = "too late"
    assert answer == ("second" if seconds > 2.0 else "too late" if seconds < 2.0 else answer)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(1.0)


@virtually
async def test_someone_elses_cancellation_is_not_taken_for_ours() -> None:
    first, second = Runner("first", 60.0), Runner("second", 1.0)
    task = asyncio.create_task(race_of(second, 1.0).run(first))
    asyncio.get_running_loop().call_later(2.0, task.cancel)
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()


@virtually
async def test_a_timeout_within_the_first_attempt_is_not_mixed_up_with_being_overtaken() -> None:
    async def first() -> str:
        try:
            async with asyncio.timeout(2.0):
                await asyncio.sleep(60.0)
        except TimeoutError:
            raise BackendError(Cause.JUDGE_TIMEOUT, "late") from None
        return "first"

    assert await race_of(Runner("second", 1.0), 1.0).run(first) == "second"  # both at 2.0 s
    assert await race_of(Runner("second", 3.0), 1.0).run(first) == "second"


@virtually
async def test_a_first_attempt_that_turns_its_cancellation_into_something_else() -> None:
    async def answers() -> str:
        try:
            await asyncio.sleep(60.0)
        except asyncio.CancelledError:
            return "first, after all"
        return "first"

    async def fails() -> str:
        try:
            await asyncio.sleep(60.0)
        except asyncio.CancelledError:
            raise DOWN from None
        return "first"

    assert await race_of(Runner("second", 1.0), 1.0).run(answers) == "first, after all"
    assert await race_of(Runner("second", 1.0), 1.0).run(fails) == "second"
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(1.0)


@virtually
async def test_there_is_at_most_one_second_attempt_and_none_after_the_end() -> None:
    started: list[float] = []

    async def second() -> str:
        started.append(now())
        await asyncio.sleep(60.0)
        return "second"

    race: Race[str] = Race(second)
    for after in (1.0, 1.5, 3.0):
        asyncio.get_running_loop().call_later(after, race.start_second)
    await race.run(Runner("first", 2.0))
    await asyncio.sleep(5.0)
    assert len(started) == 1
    assert not race.alone
    late: Race[str] = Race(second)
    await late.run(Runner("first", 1.0))
    late.start_second()
    await soon()
    assert len(started) == 1


@virtually
async def test_the_second_attempt_runs_on_behalf_of_the_same_caller_whoever_starts_it() -> None:
    caller: ContextVar[str] = ContextVar("caller")
    seen: list[str] = []

    async def second() -> str:
        seen.append(caller.get())
        return "second"

    async def ours() -> str:
        caller.set("ours")
        race: Race[str] = Race(second)
        races.append(race)
        return await race.run(Runner("first", 5.0))

    races: list[Race[str]] = []
    caller.set("somebody else")
    task = asyncio.create_task(ours())
    await asyncio.sleep(1.0)
    races[0].start_second()
    assert await task == "second"
    assert seen == ["ours"]
