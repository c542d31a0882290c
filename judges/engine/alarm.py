"""Something to do in a while, for objects that outlive the event loop they were first used in."""

import asyncio
from collections.abc import Callable
from contextvars import Context


class Alarm:
    """Rings once after it was set. Setting it again before that changes nothing.

    An alarm set in an event loop that has ended never rang and never will: in a new loop it counts as not
    set. It rings in a context of its own, not under the deadline of the caller that happened to set it.
    """

    __slots__ = ("_handle", "_loop", "_stopped")

    def __init__(self) -> None:
        self._handle: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = False

    @property
    def is_set(self) -> bool:
        """Whether it is going to ring."""
        return self._handle is not None and self._loop is asyncio.get_running_loop()

    def set(self, seconds: float, ring: Callable[[], None]) -> None:
        """Call `ring` in so many seconds, unless the alarm is set already."""
        if not (self._stopped or self.is_set):
            self._loop = asyncio.get_running_loop()
            self._handle = self._loop.call_later(seconds, self._ring, ring, context=Context())

    def stop(self) -> None:
        """Never ring again."""
        self._stopped = True
        if self._handle is not None and self.is_set:
            self._handle.cancel()

    def _ring(self, ring: Callable[[], None]) -> None:
        self._handle = None
        ring()
