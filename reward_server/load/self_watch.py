"""The load generator's view of itself: the CPU it uses and how late its event loop is."""

import asyncio
import time

import msgspec

from judges import clock

TICK_S = 0.02
"""Between two looks at the clock. uvloop's timers count milliseconds."""


class Health(msgspec.Struct, frozen=True):
    """The client over a short time."""

    cpu: float
    """CPU time of all its threads, as a share of one core."""
    lag_s: float
    """By how much the event loop was late at worst."""


class SelfWatch:
    """Looks at the clock all the time. `read` tells what was seen since it was last called."""

    def __init__(self) -> None:
        self._lag = 0.0
        self._since = clock.now()
        self._cpu = time.process_time()
        self._ticking = asyncio.get_running_loop().create_task(self._tick())

    def read(self) -> Health:
        """What was seen since the last time."""
        now, cpu = clock.now(), time.process_time()
        seen = Health((cpu - self._cpu) / max(now - self._since, 1e-9), self._lag)
        self._since, self._cpu, self._lag = now, cpu, 0.0
        return seen

    async def aclose(self) -> None:
        """Stop looking."""
        self._ticking.cancel()
        await asyncio.wait([self._ticking])

    async def _tick(self) -> None:
        while True:
            expected = clock.now() + TICK_S
            await asyncio.sleep(TICK_S)
            self._lag = max(self._lag, clock.now() - expected)
