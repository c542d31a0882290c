"""A length reward whose direction depends on being right: short when right, long when wrong."""

import math
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from reward_server.grading.correct_length import CorrectLength, Sized
from reward_server.reward.component import Bounds
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Group

Ends = Annotated[list[float], Field(min_length=2, max_length=2)]
"""Two values: at length 0, and at `max_length`."""


class CosineLength(CorrectLength):
    """The cosine reward of Yeo et al. (arXiv 2502.03373): v_T + (v_0 - v_T) (1 + cos(pi t / T)) / 2.

    t is the length, T is `max_length`, v_0 and v_T are the ends of `right` or `wrong`. Clamped: beyond T the
    value stays v_T, where an unclamped cosine would turn back. It rewards SHORT right answers, the opposite
    of `target_length`.
    """

    right: Ends = [1.0, 0.5]
    """Values of a right completion at length 0 and at `max_length`. The defaults are ms-swift's."""
    wrong: Ends = [-0.5, 0.0]
    """Values of a wrong completion at length 0 and at `max_length`. The defaults are ms-swift's."""
    max_length: Annotated[int, Field(gt=0)] = 1000
    """T, in `unit`."""

    @property
    def bounds(self) -> Bounds:  # type: ignore[override]
        ends = (*self.right, *self.wrong)
        return min(ends), max(ends)

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        return [self._outcome(sized) for sized in await self.sized(group)]

    def _outcome(self, sized: Sized | Unscored) -> Outcome:
        return sized if isinstance(sized, Unscored) else Score(self.value(*sized), sized.told(self.unit))

    def value(self, length: int, right: bool) -> float:
        """The reward at `length`."""
        start, end = self.right if right else self.wrong
        turned = math.pi * min(length, self.max_length) / self.max_length
        return end + (start - end) * (1 + math.cos(turned)) / 2
