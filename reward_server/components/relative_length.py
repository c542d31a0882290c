"""A length reward that compares siblings: the shortest of a group gains, the longest loses."""

from collections.abc import Sequence
from typing import ClassVar

from reward_server.grading.correct_length import CorrectLength, Sized
from reward_server.reward.component import Bounds
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Group


class RelativeLength(CorrectLength):
    """The length reward of Kimi k1.5 (arXiv 2501.12599, section 2.3.3).

    lambda = 0.5 - (len - min_len) / (max_len - min_len), over all rollouts of the group, right or wrong; 0
    where they are equally long. A right completion earns lambda, a wrong one min(0, lambda).
    """

    bounds: ClassVar[Bounds] = (-0.5, 0.5)
    relative: ClassVar[bool] = True

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        found = await self.sized(group)
        lengths = [sized.length for sized in found if isinstance(sized, Sized)]
        least, greatest = min(lengths, default=0), max(lengths, default=0)
        return [
            sized if isinstance(sized, Unscored) else self._score(sized, least, greatest) for sized in found
        ]

    def _score(self, sized: Sized, least: int, greatest: int) -> Score:
        reason = f"{sized.told(self.unit)}; its group has {least} to {greatest}"
        return Score(value(sized, least, greatest), reason)


def value(sized: Sized, least: int, greatest: int) -> float:
    """The reward of one completion in a group whose lengths are `least` to `greatest`."""
    if least == greatest:
        return 0.0
    gain = 0.5 - (sized.length - least) / (greatest - least)
    return gain if sized.right else min(0.0, gain)
