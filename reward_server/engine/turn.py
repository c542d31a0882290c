"""A turn on the event loop: long work gives way to timers, probes and disconnects every few milliseconds."""

import asyncio
import time

TURN_S = 0.01


class Turn:
    """Measures how long its holder has kept the event loop."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    async def give_way(self) -> None:
        """Let everybody else have a turn, if this one has lasted long enough."""
        if time.monotonic() - self._since > TURN_S:
            await asyncio.sleep(0)
            self._since = time.monotonic()
