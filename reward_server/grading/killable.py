"""Grading in processes that can be killed.

A grader that hangs or eats memory on hostile text cannot be stopped from inside its own process, so it runs
in workers of a `Pool`. Each worker has its own pipe, so killing one harms no other. They talk JSON, not
pickles: a grader that evaluates hostile text must not be able to send code back. They see none of this
process's secrets, and they end when this process does, in whatever way it does.

The grader is named `package.module:factory`. The factory takes no arguments, may take its time (imports,
warming up: no grading is timed before it is done) and returns the function that grades; its arguments and
its result are JSON.
"""

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator
from weakref import WeakKeyDictionary

from rubrics.rollout import Json

START_S = 60.0
"""Longest time a worker may take to import and warm up its grader."""
GRADINGS_EACH = 2_000
"""Gradings after which a worker is replaced, because caches of graders grow."""
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")


class TimedOut(Exception):
    """The grading took longer than it may; its process was killed."""


class Crashed(Exception):
    """The grader raised, its process died, or it could not be started."""


class _Worker:
    """One process of a pool."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.gradings = 0
        self.settled = False
        """Every request has its reply. An unsettled worker must be killed: its reply would come late."""

    @classmethod
    async def start(cls, grader: str) -> "_Worker":
        """A worker whose grader is imported and warm. Raises Crashed."""
        command = (sys.executable, "-P", "-m", "reward_server.grading.grading_process", grader)
        worker = cls(
            await create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=_environment(), start_new_session=True
            )
        )
        try:
            async with asyncio.timeout(START_S):
                await worker._reply()
        except TimeoutError:
            await worker.kill()
            raise Crashed(f"`{grader}` was not ready after {START_S:g} s") from None
        except BaseException:
            await worker.kill()
            raise
        return worker

    @property
    def usable(self) -> bool:
        return self.settled and self._process.returncode is None and self.gradings < GRADINGS_EACH

    async def grade(self, arguments: tuple[Json, ...], seconds: float) -> Json:
        """The grader's result. Raises TimedOut and Crashed."""
        assert self._process.stdin is not None
        self.gradings += 1
        self.settled = False
        try:
            async with asyncio.timeout(seconds):
                self._process.stdin.write(json.dumps([seconds, arguments]).encode() + b"\n")
                await self._process.stdin.drain()
                return await self._reply()
        except TimeoutError:
            raise TimedOut(f"killed after {seconds:g} s") from None
        except OSError:
            raise Crashed("the grading process died") from None

    async def _reply(self) -> Json:
        assert self._process.stdout is not None
        try:
            good, result = json.loads(await self._process.stdout.readline())
        except (ValueError, TypeError):  # cut off, or none of ours
            raise Crashed("the grading process died") from None
        self.settled = True
        if not good:
            raise Crashed(f"the grader raised {result}")
        return result

    async def kill(self) -> None:
        """End the process and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


class Pool:
    """Processes of one grader on one event loop. They start when they are first needed."""

    def __init__(self, grader: str, size: int | None = None) -> None:
        self._grader = grader
        self._size = size or min(8, os.cpu_count() or 1)
        self._places = asyncio.Semaphore(self._size)
        self._starting: set[asyncio.Task[None]] = set()
        """Processes on their way. A caller that leaves does not stop them: the next one finds them warm."""
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._closed = asyncio.Event()
        self.holders: set[int] = set()

    async def grade(self, *arguments: Json, seconds: float) -> Json:
        """The grader's result for these arguments, within `seconds` once a process is free and warm.

        Raises TimedOut and Crashed; then, and when it is cancelled, the process is killed.
        """
        async with self._worker() as worker:
            return await worker.grade(arguments, seconds)

    async def aclose(self) -> None:
        """Kill every process, now and for good. A grading under way raises Crashed."""
        self._closed.set()
        for start in self._starting:
            start.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        await asyncio.gather(*(worker.kill() for worker in (*self._idle, *self._busy)))

    @contextlib.asynccontextmanager
    async def _worker(self) -> AsyncIterator[_Worker]:
        async with self._places:
            worker = await self._ready()
            self._busy.add(worker)
            try:
                yield worker
            finally:
                self._busy.discard(worker)
                if worker.usable:
                    self._idle.append(worker)
                else:
                    await worker.kill()

    async def _ready(self) -> _Worker:
        while not self._closed.is_set():
            while self._idle:
                worker = self._idle.pop()
                if worker.usable:
                    return worker
            await self._one_more()
        raise Crashed("the graders were stopped")

    async def _one_more(self) -> None:
        """Wait until a process is ready, starting one where there is room. Raises Crashed."""
        if len(self._busy) + len(self._starting) < self._size:
            start = asyncio.create_task(self._start())
            self._starting.add(start)
            start.add_done_callback(self._started)
        done, _ = await asyncio.wait(self._starting, return_when=asyncio.FIRST_COMPLETED)
        for start in done:
            if not start.cancelled():
                start.result()

    async def _start(self) -> None:
        self._idle.append(await _Worker.start(self._grader))

    def _started(self, start: "asyncio.Task[None]") -> None:
        self._starting.discard(start)
        if not start.cancelled():
            start.exception()  # whoever waited has it; where nobody did, it is not worth a warning


_POOLS: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Pool]] = WeakKeyDictionary()


def hold(grader: str, holder: object) -> Pool:
    """The pool of this grader that everything on the running event loop shares, held until `release`."""
    pools = _POOLS.setdefault(asyncio.get_running_loop(), {})
    pool = pools.get(grader) or pools.setdefault(grader, Pool(grader))
    pool.holders.add(id(holder))
    return pool


async def release(grader: str, holder: object) -> None:
    """Let go of a shared pool; the last holder closes it."""
    pools = _POOLS.get(asyncio.get_running_loop(), {})
    pool = pools.get(grader)
    if pool is None:
        return
    pool.holders.discard(id(holder))
    if not pool.holders:
        del pools[grader]
        await pool.aclose()


def _environment() -> dict[str, str]:
    """What a worker needs of the environment, and no secret. Equal hash seeds give equal results."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return passed | {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
    }
