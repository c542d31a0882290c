"""Calls that take a set time each, so many at once, the rest first come first served."""

import asyncio
import heapq
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol


class Call(Protocol):
    """What waits for a slot and is told when its time is over."""

    gone: bool
    """Whether its client has left. Whoever sets it tells `Slots.leave`."""

    def start(self) -> None:
        """Learn that it has a slot now."""

    def finish(self) -> None:
        """Answer."""


class Slots:
    """A G/D/c queue: latency is the service time until `slots` calls run at once, and then it grows.

    One timer serves all calls, because a timer each would cost more than the rest of the call.
    """

    TICK_S = 0.0005
    """Calls due within this time end together; the event loop's own timers count milliseconds."""

    def __init__(self, slots: int | None, seconds: Callable[[], float]) -> None:
        self._slots = slots
        self._seconds = seconds
        self._running = 0
        self._order = 0
        self._waiting: deque[Call] = deque()
        self._due: list[tuple[float, int, Call]] = []
        self._armed: tuple[float, asyncio.TimerHandle] | None = None

    def enter(self, call: Call) -> None:
        """Serve the call now, or when its turn comes."""
        if self._slots is not None and self._running >= self._slots:
            self._waiting.append(call)
        else:
            self._serve(call)

    def leave(self, call: Call) -> None:
        """Free the slot of a call whose client has gone; one that still waits has none."""
        if call not in self._waiting:
            self._running -= 1
            self._fill()

    def _serve(self, call: Call) -> None:
        self._running += 1
        self._order += 1
        call.start()
        due = time.monotonic() + self._seconds()
        heapq.heappush(self._due, (due, self._order, call))
        if self._armed is None or due < self._armed[0] - self.TICK_S:
            self._arm(due)

    def _arm(self, due: float) -> None:
        if self._armed is not None:
            self._armed[1].cancel()
        loop = asyncio.get_running_loop()
        self._armed = due, loop.call_later(max(0.0, due - time.monotonic()), self._wake)

    def _wake(self) -> None:
        self._armed = None
        now = time.monotonic() + self.TICK_S
        while self._due and self._due[0][0] <= now:
            call = heapq.heappop(self._due)[2]
            if not call.gone:
                self._running -= 1
                call.finish()
        self._fill()
        if self._due and (self._armed is None or self._due[0][0] < self._armed[0]):
            self._arm(self._due[0][0])  # a call served just now is armed, and is not the first that is due

    def _fill(self) -> None:
        while self._waiting and (self._slots is None or self._running < self._slots):
            call = self._waiting.popleft()
            if not call.gone:
                self._serve(call)
