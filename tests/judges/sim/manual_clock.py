"""A clock that goes when it is told to, with timers that may be late."""

import heapq
import math
from collections.abc import Callable
from itertools import count


class ManualTimer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class ManualClock:
    """Timers fire at the first multiple of `grain` that is not before their time."""

    def __init__(self, grain: float = 0.0) -> None:
        self.time = 100.0
        self._grain = grain
        self._timers: list[tuple[float, int, ManualTimer]] = []
        self._order = count()

    def now(self) -> float:
        return self.time

    def call_later(self, seconds: float, callback: Callable[[], None]) -> ManualTimer:
        at = self.time + seconds
        if self._grain:
            at = math.ceil(at / self._grain) * self._grain
        timer = ManualTimer(callback)
        heapq.heappush(self._timers, (at, next(self._order), timer))
        return timer

    def go(self, seconds: float) -> None:
        """Let so much time pass."""
        until = self.time + seconds
        while self._timers and self._timers[0][0] <= until:
            at, _, timer = heapq.heappop(self._timers)
            if timer.callback is not None:
                self.time = max(self.time, at)
                timer.callback()
        self.time = until
