"""The thread for what blocks."""

import asyncio
import threading

import pytest

from judges.cache.worker import Worker


async def test_it_returns_and_raises_what_the_work_does() -> None:
    worker = Worker("work")
    assert await worker.run(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await worker.run(lambda: 1 // 0)
    worker.stop()


async def test_all_work_is_done_on_one_other_thread_which_ends() -> None:
    worker = Worker("work")
    threads = {await worker.run(threading.current_thread) for _ in range(3)}
    (thread,) = threads
    assert thread is not threading.current_thread()
    assert thread.daemon
    worker.stop()
    thread.join(5)
    assert not thread.is_alive()


async def test_the_event_loop_goes_on_meanwhile_and_leaving_does_not_break_it() -> None:
    worker = Worker("work")
    gate = threading.Event()
    waiting = asyncio.create_task(worker.run(lambda: gate.wait(5)))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    gate.set()
    assert await worker.run(lambda: "next") == "next"
    worker.stop()


def test_work_that_outlives_its_event_loop_does_no_harm() -> None:
    worker = Worker("work")
    gate = threading.Event()

    async def leave() -> None:
        waiting = asyncio.create_task(worker.run(lambda: gate.wait(5)))
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(leave())
    gate.set()
    assert asyncio.run(worker.run(lambda: "next")) == "next"
    worker.stop()
