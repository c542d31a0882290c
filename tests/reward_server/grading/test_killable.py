import asyncio
import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import uvloop

from reward_server.grading import killable
from reward_server.grading.killable import Crashed, Pool, TimedOut, hold, release

ROOT = Path(__file__).parents[3]
OBEDIENT = "tests.reward_server.grading.graders:obedient"
LONG = 60.0


@contextlib.asynccontextmanager
async def pool(size: int = 1, grader: str = OBEDIENT) -> AsyncIterator[Pool]:
    made = Pool(grader, size)
    try:
        yield made
    finally:
        await made.aclose()


def alive(pid: object) -> bool:
    assert isinstance(pid, int)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until something has happened."""
    async with asyncio.timeout(LONG):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0)


async def test_arguments_and_results_are_json() -> None:
    async with pool() as graders:
        assert await graders.grade("echo", 1, "é\ud800", {"a": [None]}, seconds=LONG) == [
            1,
            "é\ud800",
            {"a": [None]},
        ]


async def test_a_process_is_used_again() -> None:
    async with pool() as graders:
        assert await graders.grade("pid", seconds=LONG) == await graders.grade("pid", seconds=LONG)


async def test_gradings_share_as_many_processes_as_the_pool_has() -> None:
    async with pool(2) as graders:
        pids = await asyncio.gather(*(graders.grade("pid", seconds=LONG) for _ in range(10)))
        assert len(set(pids)) <= 2


async def test_p18_a_grading_that_hangs_is_killed_and_harms_no_other() -> None:
    async with pool(2) as graders:
        hanging = asyncio.create_task(graders.grade("spin", seconds=0.3))
        others = await asyncio.gather(*(graders.grade("echo", i, seconds=LONG) for i in range(20)))
        assert others == [[i] for i in range(20)]
        with pytest.raises(TimedOut, match=r"killed after 0\.3 s"):
            await hanging
        assert await graders.grade("echo", "still", seconds=LONG) == ["still"]


@pytest.mark.parametrize("order", ["die", "eat"])
async def test_p18_a_process_that_dies_is_replaced(order: str) -> None:
    async with pool() as graders:
        before = await graders.grade("pid", seconds=LONG)
        with pytest.raises(Crashed, match="died"):
            await graders.grade(order, seconds=LONG)
        assert not alive(before)
        assert await graders.grade("pid", seconds=LONG) != before


async def test_a_process_that_died_idle_costs_no_grading() -> None:
    async with pool() as graders:
        before = await graders.grade("pid", seconds=LONG)
        assert isinstance(before, int)
        gone = os.pidfd_open(before)
        os.kill(before, signal.SIGKILL)
        await asyncio.get_running_loop().run_in_executor(None, select.select, [gone], [], [], LONG)
        os.close(gone)
        await until(lambda: not graders._idle[0].usable)
        assert await graders.grade("pid", seconds=LONG) != before


async def test_a_grader_that_raises_keeps_its_process_and_tells_only_the_type() -> None:
    async with pool() as graders:
        before = await graders.grade("pid", seconds=LONG)
        with pytest.raises(Crashed) as caught:
            await graders.grade("a secret text", seconds=LONG)
        assert str(caught.value) == "the grader raised KeyError"
        assert await graders.grade("pid", seconds=LONG) == before


async def test_a_grader_that_cannot_be_made_says_why() -> None:
    async with pool(grader="tests.reward_server.grading.graders:missing") as graders:
        with pytest.raises(Crashed, match="ModuleNotFoundError: No module named 'algebra'"):
            await graders.grade("pid", seconds=LONG)


async def test_what_a_grader_prints_is_no_verdict() -> None:
    async with pool() as graders:
        assert await graders.grade("print", seconds=LONG) == "honest"


async def test_p24_a_grader_sees_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    async with pool() as graders:
        environment = await graders.grade("environment", seconds=LONG)
    assert isinstance(environment, dict)
    assert "sk-secret" not in environment.values()
    assert environment["PYTHONHASHSEED"] == "0"


async def test_a_cancelled_grading_kills_its_process() -> None:
    async with pool() as graders:
        before = await graders.grade("pid", seconds=LONG)
        hanging = asyncio.create_task(graders.grade("spin", seconds=LONG))
        await until(lambda: bool(graders._busy))
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging
        assert not alive(before)
        assert await graders.grade("echo", "next", seconds=LONG) == ["next"]


async def test_closing_ends_every_process() -> None:
    graders = Pool(OBEDIENT, 2)
    pid = await graders.grade("pid", seconds=LONG)
    hanging = asyncio.create_task(graders.grade("spin", seconds=LONG))
    starting = asyncio.create_task(graders.grade("spin", seconds=LONG))
    await until(lambda: bool(graders._busy))
    await graders.aclose()
    for task in (hanging, starting):
        with pytest.raises(Crashed):
            await task
    assert not alive(pid)
    with pytest.raises(Crashed, match="were stopped"):
        await graders.grade("pid", seconds=LONG)


async def test_a_process_is_replaced_after_many_gradings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(killable, "GRADINGS_EACH", 2)
    async with pool() as graders:
        pids = [await graders.grade("pid", seconds=LONG) for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


async def test_the_last_holder_closes_a_shared_pool() -> None:
    one, other = object(), object()
    shared = hold(OBEDIENT, one)
    assert hold(OBEDIENT, other) is shared
    pid = await shared.grade("pid", seconds=LONG)
    await release(OBEDIENT, one)
    assert alive(pid)
    await release(OBEDIENT, other)
    assert not alive(pid)
    await release(OBEDIENT, other)
    assert hold(OBEDIENT, one) is not shared
    await release(OBEDIENT, one)


def test_pools_work_on_uvloop() -> None:
    async def work() -> object:
        async with pool() as graders:
            with pytest.raises(TimedOut):
                await graders.grade("spin", seconds=0.1)
            return await graders.grade("echo", 1, seconds=LONG)

    assert uvloop.run(work()) == [1]


PARENT = """
import asyncio
from reward_server.grading.killable import Pool
async def main():
    pool = Pool("tests.reward_server.grading.graders:obedient", 1)
    print(await pool.grade("pid", seconds=60), flush=True)
    await pool.grade("spin", seconds=0.2 if {brief} else 60)
asyncio.run(main())
"""


@contextlib.contextmanager
def parent(brief: bool) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process whose worker is busy, and a descriptor that becomes readable when that worker has ended."""
    command = [sys.executable, "-c", PARENT.format(brief=brief)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        worker = os.pidfd_open(int(process.stdout.readline()))
        try:
            yield process, worker
        finally:
            process.kill()
            os.close(worker)


@pytest.mark.parametrize(("number", "brief"), [(signal.SIGINT, False), (signal.SIGKILL, True)])
def test_no_process_outlives_its_parent(number: signal.Signals, brief: bool) -> None:
    with parent(brief) as (process, worker):
        process.send_signal(number)
        process.wait(10)
        readable, _, _ = select.select([worker], [], [], 10)
        assert readable


async def test_callers_in_a_hurry_do_not_keep_a_process_from_getting_ready() -> None:
    async with pool() as graders:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await graders.grade("pid", seconds=LONG)
            (start,) = graders._starting
        await start
        assert len(graders._idle) == 1
        assert alive(await graders.grade("pid", seconds=LONG))
