import asyncio
import time

import pytest

from reward_server.load.self_watch import SelfWatch
from reward_server.load.time_limit import TimeLimit


@pytest.mark.quiet
async def test_a_loop_that_is_held_up_is_seen() -> None:
    watch = SelfWatch()
    await asyncio.sleep(0.03)
    end = time.monotonic() + 0.2
    while time.monotonic() < end:  # our own CPU, and nothing else gets on
        pass
    await asyncio.sleep(0.03)
    seen = watch.read()
    assert 0.1 < seen.lag_s < 2.0
    assert seen.cpu > 0.1
    await asyncio.sleep(0.05)
    assert watch.read().lag_s < seen.lag_s
    await watch.aclose()


async def test_a_call_that_takes_too_long_times_out() -> None:
    limit = TimeLimit(0.05)

    async def call(seconds: float) -> str:
        with limit:
            await asyncio.sleep(seconds)
            return "done"

    found = await asyncio.gather(call(0.01), call(5), call(0.02), call(5), return_exceptions=True)
    assert [str(each) if isinstance(each, str) else type(each) for each in found] == [
        "done",
        TimeoutError,
        "done",
        TimeoutError,
    ]
    assert await call(0.001) == "done"
    limit.close()


async def test_a_cancelled_call_stays_cancelled() -> None:
    limit = TimeLimit(60)

    async def call() -> None:
        with limit:
            await asyncio.sleep(60)

    task = asyncio.create_task(call())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    limit.close()
