"""A thread for what blocks."""

import asyncio
import contextlib
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar, cast

import msgspec

T = TypeVar("T")


class _Job(msgspec.Struct, Generic[T]):
    work: Callable[[], T]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[T]


class Worker:
    """Runs jobs in turn on one thread, which starts with the first. It never keeps the process alive."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread: Thread | None = None
        self._jobs: SimpleQueue[_Job[object] | None] = SimpleQueue()

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises. Cancelling the wait does not stop the work."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(work, loop, done))  # type: ignore[arg-type]
        return await done

    def stop(self) -> None:
        """End the thread after the jobs it has."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread = None

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            _do(job)


def _do(job: _Job[T]) -> None:
    result: T | None = None
    problem: Exception | None = None
    try:
        result = job.work()
    except Exception as error:  # noqa: BLE001 - it is the caller's
        problem = error
    with contextlib.suppress(RuntimeError):  # the loop may be closed by now
        job.loop.call_soon_threadsafe(_settle, job.done, result, problem)


def _settle(done: asyncio.Future[T], result: T | None, problem: Exception | None) -> None:
    if done.done():
        return
    if problem is None:
        done.set_result(cast("T", result))
    else:
        done.set_exception(problem)
