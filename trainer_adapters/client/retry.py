"""When to try again: growing random waits, the server's Retry-After, one deadline, and a bound."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from trainer_adapters.client.connections import TryFailed
from trainer_adapters.client.deadline import Deadline
from trainer_adapters.client.errors import Unreachable

T = TypeVar("T")

FIRST_WAIT_S = 0.25
DOUBLINGS = 20


class Retry:
    """Tries until one succeeds, the deadline is over or there are no more."""

    def __init__(
        self,
        attempts: int,
        longest_wait_s: float,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._attempts = attempts
        self._longest_wait_s = longest_wait_s
        self._pause = pause
        self._chance = chance

    async def until(self, deadline: Deadline, attempt: Callable[[], Awaitable[T]]) -> T:
        """Return the first success. Raises Unreachable with the last failure, anything else at once."""
        for number in range(1, self._attempts + 1):
            try:
                return await attempt()
            except TryFailed as error:
                failure = error
            wait = self.wait(number, failure.retry_after_s)
            if number == self._attempts or wait >= deadline.remaining():
                break
            await self._pause(wait)
        tries = "1 try" if number == 1 else f"{number} tries"
        raise Unreachable(f"{tries} within {deadline.seconds:g} s, the last: {failure}") from failure

    def wait(self, failures: int, retry_after_s: float | None) -> float:
        """Seconds to wait: full jitter (anything up to a doubling bound), after what the server asked for."""
        bound = min(self._longest_wait_s, math.ldexp(FIRST_WAIT_S, min(failures - 1, DOUBLINGS)))
        return (retry_after_s or 0.0) + bound * self._chance()
