"""Components that do what a test tells them, to see what the engine makes of it."""

import asyncio
import math
import time
from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

from reward_server.reward.component import Bounds, Component, PerRollout
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Group, Rollout


class Given(PerRollout):
    """Gives each rollout the value its metadata holds under `key`; null is `judge_timeout`."""

    bounds: ClassVar[Bounds] = (-10.0, 10.0)

    key: str

    def score(self, rollout: Rollout) -> Outcome:
        value = rollout.metadata[self.key]
        if value is None:
            return Unscored(Cause.JUDGE_TIMEOUT, "as told")
        assert isinstance(value, float | int)
        return Score(float(value))


class Boundless(Given):
    """The same, without bounds."""

    bounds: ClassVar[Bounds] = (-math.inf, math.inf)


class Later(Component):
    """The same, but only after everything else had a turn; it remembers whom it saw."""

    bounds: ClassVar[Bounds] = (-10.0, 10.0)
    seen: ClassVar[list[str]] = []

    key: str

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        await asyncio.sleep(0)
        self.seen.extend(rollout.id for rollout in group)
        return Given(key=self.key).score_all(group.rollouts)


class Compared(Component):
    """Each rollout's value, less the least of its group; it remembers whom it saw together."""

    bounds: ClassVar[Bounds] = (-10.0, 10.0)
    relative: ClassVar[bool] = True
    seen: ClassVar[list[list[str]]] = []

    key: str

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        self.seen.append([rollout.id for rollout in group])
        await asyncio.sleep(0)
        values = [float(rollout.metadata[self.key]) for rollout in group]  # type: ignore[arg-type]
        return [Score(value - min(values)) for value in values]


class Never(Component):
    """Waits until it is cancelled, and notes that it was."""

    cancelled: ClassVar[list[str]] = []

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        try:
            never: asyncio.Future[Sequence[Outcome]] = asyncio.get_running_loop().create_future()
            return await never
        except asyncio.CancelledError:
            self.cancelled.append(group.id)
            raise


class NeverCompared(Never):
    """Waits until it is cancelled, for a whole group."""

    relative: ClassVar[bool] = True


class Stubborn(Component):
    """Goes on when it is cancelled, as bad code does."""

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if group.id == "end":
                    raise
                group = Group("end", group.rollouts)


class Broken(Component):
    """Raises for the whole group."""

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        raise RuntimeError(group.rollouts[0].completion.text)


class Returns(Component):
    """Returns something that is not one outcome for each rollout, or not an outcome."""

    what: str

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        wrong: dict[str, object] = {
            "nothing": None,
            "too few": [Score(1.0)] * (len(group) - 1),
            "numbers": [1.0] * len(group),
            "out of range": [Score(1.5)] * len(group),
        }
        return wrong[self.what]  # type: ignore[return-value]


class CancelsItself(Component):
    """Awaits something that was cancelled, and lets that out."""

    async def __call__(self, _: Group) -> Sequence[Outcome]:
        gone: asyncio.Future[Sequence[Outcome]] = asyncio.get_running_loop().create_future()
        gone.cancel()
        return await gone


class Slow(PerRollout):
    """Keeps the event loop for 5 ms."""

    def score(self, rollout: Rollout) -> Outcome:
        until = time.monotonic() + 0.005
        while time.monotonic() < until:
            pass
        return Score(float(rollout.id == "x"))


ODD = ["decimal", "reason", "huge", "integer"]
"""What `Odd` does wrong, by the id of the rollout."""


class Odd(PerRollout):
    """Gives a value, or a reason, that nothing after it could work with."""

    bounds: ClassVar[Bounds] = (-1e308, 1e308)

    def score(self, rollout: Rollout) -> Outcome:
        if rollout.id == "decimal":
            return Score(Decimal("0.5"))  # type: ignore[arg-type]
        if rollout.id == "reason":
            return Score(0.5, object())  # type: ignore[arg-type]
        return Score(1e200 if rollout.id == "huge" else 10**400)


class Once(Component):
    """Opens for every rollout but the one called `late`, which it keeps waiting."""

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        if any(rollout.id == "late" for rollout in group):
            await Never()(group)
        return [Score(1.0)] * len(group)
