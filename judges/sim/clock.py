"""Time as the simulated engine has it: it stands still in a stall."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """Something that will happen, unless it is called off."""

    def cancel(self) -> None:
        """Call it off."""


class Clock(Protocol):
    """Time as it passes for everybody else."""

    def now(self) -> float:
        """Seconds; they never go back."""

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call back, once, in so many seconds."""


class LoopClock:
    """The event loop's. Its timers are good to half a millisecond, for they count whole ones."""

    def now(self) -> float:
        """Seconds of the monotonic clock: the loop's own `time` is that of its last turn."""
        return time.monotonic()

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call back, once, in so many seconds."""
        return asyncio.get_running_loop().call_later(seconds, callback)


class EngineClock:
    """Seconds that the engine could work. A stall lasts exactly as long as it was told to."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lost = 0.0
        self._since = 0.0
        self._until = 0.0

    @property
    def stalled(self) -> bool:
        """Whether it stands still."""
        return self._clock.now() < self._until

    def now(self) -> float:
        """Seconds; none go by in a stall."""
        now = self._clock.now()
        if now < self._until:
            return self._since - self._lost
        self._lost += self._until - self._since
        self._since = self._until = now
        return now - self._lost

    def stall(self, seconds: float) -> None:
        """Stand still from now on. In a stall: until so long from now, if that is later."""
        self.now()
        self._until = max(self._until, self._clock.now() + seconds)

    def call_at(self, at: float, callback: Callable[[], None]) -> Timer:
        """Call back about when it is `at`; earlier where a stall comes between."""
        standing = max(0.0, self._until - self._clock.now())
        return self._clock.call_later(max(0.0, at - self.now()) + standing, callback)
