"""What became of the groups of the last minutes, for trainers that cannot leave a sample out.

A group's mean is the one number that gives a sample no advantage, because GRPO subtracts it again; and only
the server sees all of a group whose rollouts are sent one by one.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from reward_server.engine.group_record import GroupRecord
from reward_server.engine.share import Share

MAX_AGE_S = 600.0
MAX_ROLLOUTS = 262_144

Key = tuple[str, str]
"""Reward function and group id."""


@dataclass
class _Kept:
    record: GroupRecord
    expires: float


class GroupLedger:
    """Records of groups, bounded by age and by the rollouts they have, the oldest out first."""

    def __init__(
        self,
        max_age_s: float = MAX_AGE_S,
        max_rollouts: int = MAX_ROLLOUTS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_age_s = max_age_s
        self._max_rollouts = max_rollouts
        self._clock = clock
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._rollouts = 0

    def arrive(self, reward: str, share: Share) -> GroupRecord:
        """The record of a group of which some rollouts are being sent now."""
        key, size, prints = (reward, share.group.id), share.size, share.prints
        kept = self._kept.get(key)
        if kept is None or not kept.record.takes(prints, size):
            self._drop(key)
            kept = self._kept[key] = _Kept(GroupRecord(size), 0.0)
            self._rollouts += size
        kept.expires = self._clock() + self._max_age_s
        kept.record.arrive(prints)
        self._kept.move_to_end(key)
        self._evict()
        return kept.record

    def find(self, reward: str, group: str) -> GroupRecord | None:
        """The record of a group; None for one that was not sent lately."""
        self._evict()
        kept = self._kept.get((reward, group))
        return None if kept is None else kept.record

    def settle(self) -> None:
        """Let nobody wait any longer."""
        for kept in self._kept.values():
            kept.record.settle()

    def _evict(self) -> None:
        now = self._clock()
        while self._kept:
            key, kept = next(iter(self._kept.items()))
            if kept.expires > now and (self._rollouts <= self._max_rollouts or len(self._kept) == 1):
                return
            self._drop(key)

    def _drop(self, key: Key) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._rollouts -= kept.record.size
            kept.record.settle()
