"""Numbers for rollouts and groups, and which of those that were prepared is next."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

Item = TypeVar("Item")


class Turn(NamedTuple, Generic[Item]):
    """The next rollout."""

    item: Item
    rollout: int
    group: int
    begins: bool
    """Whether it is the first of its group."""
    ends: bool
    """Whether it is the last."""


class Supply(Generic[Item]):
    """Goes through groups for ever, each pass a group of its own.

    With `group_size`, that many of each group: the first, or those there are several times.
    """

    def __init__(self, groups: Sequence[Sequence[Item]], group_size: int | None = None) -> None:
        self._groups = groups
        self._size = group_size
        self._rollout = 0
        self._group = 0
        self._place = 0

    def next(self) -> Turn[Item]:
        """The next rollout."""
        members = self._groups[self._group % len(self._groups)]
        place, last = self._place, self._place + 1 >= (self._size or len(members))
        turn = Turn(members[place % len(members)], self._rollout, self._group, place == 0, last)
        self._rollout += 1
        self._place = 0 if last else place + 1
        self._group += last
        return turn
