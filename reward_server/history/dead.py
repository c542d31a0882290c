"""Groups from which no gradient comes, told apart by why."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from reward_server.history.statistics import DeadGroups
from reward_server.store.reading import NarrowRow

CLOSE = 1e-6
"""Values that are nearer to each other are as good as equal."""

Bounds = tuple[float, float]
"""The least and the greatest value of a column."""

Why = Literal["right", "wrong", "equal", "unscored"]


class Dead(NamedTuple):
    """The dead groups of a step, each as its rows."""

    right: Sequence[Sequence[NarrowRow]]
    wrong: Sequence[Sequence[NarrowRow]]
    equal: Sequence[Sequence[NarrowRow]]
    unscored: Sequence[Sequence[NarrowRow]]

    def counted(self) -> DeadGroups:
        """How many of each kind."""
        return DeadGroups(*map(len, self))


def dead_groups(groups: Sequence[Sequence[NarrowRow]], bounds: Bounds) -> Dead:
    """The dead ones among groups whose rewards lie within `bounds`."""
    dead = Dead([], [], [], [])
    found: dict[Why, list[Sequence[NarrowRow]]] = {"right": [], "wrong": [], "equal": [], "unscored": []}
    for group in groups:
        why = _why([row.reward for row in group], bounds)
        if why is not None:
            found[why].append(group)
    return dead._replace(**found)


def _why(rewards: Sequence[float | None], bounds: Bounds) -> Why | None:
    """Why a group is dead; None for one that is alive, or has one rollout only."""
    if len(rewards) < 2:
        return None
    scored = [reward for reward in rewards if reward is not None]
    if len(scored) < 2 or len(scored) < len(rewards) / 2:
        return "unscored" if _equal(scored) else None
    if not _equal(scored):
        return None
    low, high = min(scored), max(scored)
    if low >= bounds[1] - CLOSE:
        return "right"
    return "wrong" if high <= bounds[0] + CLOSE else "equal"


def _equal(rewards: Sequence[float]) -> bool:
    return not rewards or max(rewards) - min(rewards) <= CLOSE
