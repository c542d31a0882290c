import asyncio
import math

import pytest

from judges.deadline import remaining, within


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set by the test."""
    now = [100.0]
    monkeypatch.setattr("judges.clock.now", lambda: now[0])
    return now


def test_there_is_no_end_outside_of_a_deadline() -> None:
    assert math.isinf(remaining())


def test_what_remains_shrinks_and_goes_below_zero(clock: list[float]) -> None:
    with within(5.0):
        assert remaining() == 5.0
        clock[0] += 3.0
        assert remaining() == 2.0
        clock[0] += 3.0
        assert remaining() == -1.0
    assert math.isinf(remaining())


@pytest.mark.parametrize(("inner", "left"), [(2.0, 2.0), (9.0, 5.0), (math.inf, 5.0)])
def test_a_deadline_inside_another_never_ends_later(inner: float, left: float, clock: list[float]) -> None:
    with within(5.0):
        with within(inner):
            assert remaining() == left
        assert remaining() == 5.0


def test_an_exception_leaves_the_deadline(clock: list[float]) -> None:
    with pytest.raises(ValueError, match="as told"), within(1.0):
        raise ValueError("as told")
    assert math.isinf(remaining())


async def test_tasks_inherit_the_deadline_and_keep_their_own(clock: list[float]) -> None:
    async def left(seconds: float) -> float:
        with within(seconds):
            await asyncio.sleep(0)
            return remaining()

    with within(5.0):
        tasks = [asyncio.create_task(left(seconds)) for seconds in (1.0, 7.0)]
    assert math.isinf(remaining())
    assert await asyncio.gather(*tasks, left(9.0)) == [1.0, 5.0, 9.0]
