"""What became of the rollouts of one group, in however many requests they came."""

import asyncio
from collections.abc import Mapping, Sequence
from math import fsum
from typing import NamedTuple

from reward_server.engine.fingerprint import Fingerprint
from reward_server.engine.row import Row
from reward_server.engine.share import Prints
from rubrics.outcome import Outcome, Score


class Values(NamedTuple):
    """The numbers of one rollout that has a reward."""

    reward: float
    components: Mapping[str, float | None]


class GroupRecord:
    """One group's rollouts so far: those that were sent, and of those answered the numbers, no texts."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._settled = asyncio.Event()
        self._prints: dict[str, Fingerprint] = {}
        self._values: dict[str, Values | None] = {}

    @property
    def arrived(self) -> int:
        return len(self._prints)

    @property
    def complete(self) -> bool:
        """Whether every rollout has been answered, scored or not."""
        return len(self._values) >= self.size

    @property
    def scored(self) -> Sequence[Values]:
        """In the order of the rollouts' ids, so that nothing depends on which came first."""
        found = [self._values[name] for name in sorted(self._values)]
        return [values for values in found if values is not None]

    def takes(self, prints: Prints, size: int) -> bool:
        """Whether rollouts belong to this group; if not, theirs is a new one of the same name."""
        if size != self.size or len(self._prints.keys() | prints.keys()) > size:
            return False
        return all(self._prints.get(name, found) == found for name, found in prints.items())

    def arrive(self, prints: Prints) -> None:
        """Note rollouts that were sent."""
        self._prints |= prints

    def answer(self, rows: Sequence[Row]) -> None:
        """Note what became of them."""
        self._values |= {row.rollout.id: _values(row) for row in rows}
        if self.complete:
            self.settle()

    def settle(self) -> None:
        """Let nobody wait any longer."""
        self._settled.set()

    async def wait(self, seconds: float) -> None:
        """Return when the group is complete, or after this long."""
        try:
            async with asyncio.timeout(seconds):
                await self._settled.wait()
        except TimeoutError:
            pass

    def mean_reward(self) -> float | None:
        """Mean over the scored rollouts; None where there is none."""
        return _mean([values.reward for values in self.scored])

    def mean_component(self, name: str) -> float | None:
        """Mean raw value over the scored rollouts that have one; None where there is none."""
        found = [values.components.get(name) for values in self.scored]
        return _mean([value for value in found if value is not None])


def _values(row: Row) -> Values | None:
    if not isinstance(row.reward, Score):
        return None
    return Values(row.reward.value, {name: _value(outcome) for name, outcome in row.components.items()})


def _value(outcome: Outcome) -> float | None:
    return outcome.value if isinstance(outcome, Score) else None


def _mean(values: Sequence[float]) -> float | None:
    return fsum(values) / len(values) if values else None
