"""One time limit for many calls: a timer each would cost more than the rest of what we do for a call."""

import asyncio
from types import TracebackType
from typing import Self


class TimeLimit:
    """Cancels what takes longer than `seconds`, which then raises TimeoutError. Of one event loop.

    Used as `with limit:` around an await; a task is in it once at a time.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._ends: dict[asyncio.Task[object], float] = {}  # all last equally long: the first to end is first
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._ends[task] = self._loop.time() + self._seconds
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._look)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        if self._ends.pop(task, None) is not None:
            return
        if task.uncancel() == 0 and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def close(self) -> None:
        """Stop looking."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        now = self._loop.time()
        while self._ends:
            task, end = next(iter(self._ends.items()))
            if end > now:
                self._timer = self._loop.call_later(end - now, self._look)
                return
            del self._ends[task]
            task.cancel()
        self._timer = None
