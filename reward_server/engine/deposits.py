"""One thing that is made of a whole group: each rollout deposits its part, the last starts the work."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextvars import Context
from typing import Generic, TypeVar

from judges import clock
from judges.caller import calling
from judges.deadline import within

Part = TypeVar("Part")
Result = TypeVar("Result")


class Deposits(Generic[Part, Result]):
    """Parts by rollout id, and what comes of them, once; None where the group stays incomplete."""

    def __init__(
        self, conclude: Callable[[Mapping[str, Part]], Awaitable[Result]], settled: Callable[[], None]
    ) -> None:
        self._conclude = conclude
        self._settled = settled
        self._parts: dict[str, Part] = {}
        self._names: set[str] = set()
        self._work: asyncio.Task[None] | None = None
        self._result: asyncio.Future[Result | None] = asyncio.get_running_loop().create_future()

    @property
    def done(self) -> bool:
        """Whether there is a result."""
        return self._result.done()

    @property
    def under_way(self) -> bool:
        """Whether the work has begun and is not done."""
        return self._work is not None and not self.done

    def holds(self, names: Iterable[str]) -> bool:
        """Whether all of these have deposited their parts."""
        return self._names.issuperset(names)

    def put(self, name: str, part: Part) -> None:
        """Take a rollout's part. The first one counts, and none after the work has begun."""
        if self._work is None and not self.done and name not in self._names:
            self._names.add(name)
            self._parts[name] = part

    def withdraw(self, name: str) -> None:
        """Forget a rollout's part, unless the work has begun."""
        if self._work is None and not self.done and name in self._names:
            self._names.remove(name)
            del self._parts[name]

    def start(self, ends_at: float) -> None:
        """Begin the work, under a deadline on the monotonic clock and on behalf of no single request."""
        if self._work is None and not self.done:
            self._work = asyncio.create_task(self._run(ends_at), context=Context())

    def give_up(self) -> None:
        """Let the result be None."""
        if self._work is not None:
            self._work.cancel()
        self._settle(None)

    async def result(self) -> Result | None:
        """What came of it; None where the group stayed incomplete."""
        return await asyncio.shield(self._result)

    async def _run(self, ends_at: float) -> None:
        found = None
        try:
            with within(ends_at - clock.now()), calling():
                found = await self._conclude(self._parts)
        finally:
            self._settle(found)

    def _settle(self, result: Result | None) -> None:
        if not self.done:
            self._result.set_result(result)
            self._parts = {}
            self._settled()
