"""Two ways to write a penalty down: as its papers do, below zero, or as a score out of one."""

from typing import Literal

from reward_server.reward.component import Bounds

Scale = Literal["penalty", "score"]


def scaled(penalty: float, scale: Scale) -> float:
    """A penalty (0 or less) on its scale: as it is, or plus 1."""
    return penalty + 1.0 if scale == "score" else penalty


def bounds_of(scale: Scale, greatest: float = 1.0) -> Bounds:
    """The range of a penalty that takes away `greatest` at most."""
    return scaled(-greatest, scale), scaled(0.0, scale)
