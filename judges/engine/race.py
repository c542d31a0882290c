"""Two attempts at one call: whoever answers first.

The first attempt runs in its caller's own task, because most calls never see a second; the second is a task.
When the second answers first, it cancels the first the way `asyncio.timeout` does, and its reply is taken.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from typing import Generic, TypeVar

from judges.backend import BackendError

Answer = TypeVar("Answer")

Attempt = Callable[[], Coroutine[None, None, Answer]]


class Race(Generic[Answer]):
    """One call's attempts. `rival` makes the second one."""

    __slots__ = ("_cancelling", "_context", "_over", "_second", "_task", "_uncancelled", "overtaken", "rival")

    def __init__(self, rival: Attempt[Answer]) -> None:
        self.rival = rival
        self._second: asyncio.Task[Answer] | None = None
        self._task: asyncio.Task[None] | None = None
        self._context: Context = copy_context()
        self._cancelling = 0
        self._over = False
        self._uncancelled = False
        self.overtaken = False
        """Whether the second attempt won."""

    async def run(self, first: Attempt[Answer]) -> Answer:
        """The answer of the first attempt, or of the second where that is faster or the only one."""
        self._task = asyncio.current_task()
        assert self._task is not None
        self._cancelling = self._task.cancelling()
        try:
            return await self._first(first)
        except BackendError:
            if self._second is None:
                raise
            return await self._second
        finally:
            if self._second is not None and not self._second.done():
                self._second.cancel()

    async def _first(self, first: Attempt[Answer]) -> Answer:
        """The first attempt, until the second one overtakes it."""
        try:
            return await first()
        except asyncio.CancelledError:
            if self._second is None or not self._taken_back():
                raise
            return self._second.result()
        finally:
            self._over = True
            self._taken_back()  # also from an attempt that turned its cancellation into something else

    @property
    def alone(self) -> bool:
        """Whether the first attempt is under way and there is no second."""
        return self._second is None and not self._over

    def start_second(self) -> None:
        """Make the second attempt now, unless there is one or the race is over."""
        if self.alone:
            self._second = asyncio.create_task(self.rival(), context=self._context)
            self._second.add_done_callback(self._arrived)

    def _arrived(self, second: "asyncio.Task[Answer]") -> None:
        if second.cancelled() or second.exception() is not None or self._over:
            return
        assert self._task is not None
        self.overtaken = True
        self._task.cancel()

    def _taken_back(self) -> bool:
        """Take our cancellation of the task back, once; whether it was the only one."""
        if not self.overtaken:
            return False
        assert self._task is not None
        if not self._uncancelled:
            self._uncancelled = True
            self._task.uncancel()
        return self._task.cancelling() <= self._cancelling
