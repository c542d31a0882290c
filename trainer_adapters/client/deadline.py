"""The one deadline of a call, and waiting no longer than it allows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
Clock = Callable[[], float]


class Deadline:
    """A point in time that everything done for one call shares."""

    def __init__(self, seconds: float, clock: Clock = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._at = clock() + seconds

    def remaining(self) -> float:
        """Seconds that are left; 0 when there are none."""
        return max(0.0, self._at - self._clock())


async def limited(work: Coroutine[Any, Any, T], seconds: float) -> T:
    """Do work within so many seconds. Raises TimeoutError, having cancelled it.

    `asyncio.timeout` needs Python 3.11, and before 3.12 `wait_for` can lose a cancellation that comes late.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if task.done():
            return task.result()
        raise TimeoutError
    finally:
        _end(task)


async def together(works: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """Do all at once; the first failure cancels the rest and is raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            _end(task)


def _end(task: asyncio.Future[Any]) -> None:
    if not task.done():
        task.cancel()
    task.add_done_callback(_heard)


def _heard(task: asyncio.Future[Any]) -> None:
    """Look at a failure that nobody waits for, so that asyncio does not complain of it."""
    if not task.cancelled():
        task.exception()
