"""The groups that come in several requests: bounded by count, by the text they hold, and by age."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial

from judges import clock as deadlines
from reward_server.engine.attendance import Attendance
from reward_server.engine.gathering import Gathering
from reward_server.engine.share import Share
from reward_server.reward.reward_function import RewardFunction

KEPT_S = 600.0
"""For so long a rollout that is sent again gets the outcome that it had."""
MAX_GROUPS = 16_384
MAX_CHARS = 512 * 2**20
"""Characters of rollouts that are held for their siblings, over all groups."""

Key = tuple[str, str]
"""Version of the reward function, and group id."""


class Gatherings:
    """Finds the gathering that a request's rollouts belong to. One event loop, no locks."""

    def __init__(
        self,
        kept_s: float = KEPT_S,
        max_groups: int = MAX_GROUPS,
        max_chars: int = MAX_CHARS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kept_s = kept_s
        self._max_groups = max_groups
        self._max_chars = max_chars
        self._clock = clock
        self._by_key: dict[Key, Gathering] = {}
        self._open: OrderedDict[Gathering, int] = OrderedDict()
        """Those under way with the characters they hold, the oldest first."""
        self._settled: OrderedDict[Gathering, tuple[Key, float]] = OrderedDict()
        """Those that are done, and until when they are kept, the oldest first."""
        self._chars = 0
        self.told_incomplete: Callable[[str], None] = lambda _: None
        """Called with the name of the reward function for each group that was not whole in time."""

    @property
    def waiting(self) -> int:
        """How many groups wait for rollouts to arrive."""
        return sum(not gathering.closed for gathering in self._open)

    def attend(
        self, function: RewardFunction, shares: Sequence[Share | None], deadline_s: float
    ) -> list[Attendance | None]:
        """Take part in the gathering of each group; None where a request holds the whole group.

        All or nothing: raises Conflict.
        """
        self._evict()
        if not function.relative:
            return [None] * len(shares)
        places = [None if share is None else self._place(function, share) for share in shares]
        ends_at = deadlines.now() + deadline_s
        return [None if place is None else self._join(function, *place, ends_at) for place in places]

    def _place(self, function: RewardFunction, share: Share) -> tuple[Share, Gathering | None] | None:
        """Where a share belongs: to a gathering, or to a new one; None where it is the whole group."""
        known = self._by_key.get((function.version, share.group.id))
        if len(share.group) == share.size and (known is None or known.settled):
            return None
        belongs = known is not None and known.admits(share.prints, share.size)
        return share, known if belongs else None

    def _join(
        self, function: RewardFunction, share: Share, gathering: Gathering | None, ends_at: float
    ) -> Attendance:
        if gathering is None:
            gathering = self._begin(function, share.group.id, share.size)
        self._charge(gathering, share)
        gathering.attend(share.prints, ends_at)
        return Attendance(gathering, share.group)

    def _begin(self, function: RewardFunction, group: str, size: int) -> Gathering:
        key = (function.version, group)
        if (replaced := self._by_key.get(key)) is not None:
            self._forget(key, replaced)
        gathering = self._by_key[key] = Gathering(function, group, size, partial(self._ended, key))
        self._open[gathering] = 0
        return gathering

    def _charge(self, gathering: Gathering, share: Share) -> None:
        """Account for rollouts that are new, and make room for them."""
        chars = sum(found.chars for name, found in share.prints.items() if not gathering.knows(name))
        if gathering in self._open:
            self._open[gathering] += chars
            self._chars += chars
        while len(self._open) > 1 and (len(self._open) > self._max_groups or self._chars > self._max_chars):
            oldest, held = self._open.popitem(last=False)
            self._chars -= held
            oldest.cut()

    def _ended(self, key: Key, gathering: Gathering) -> None:
        self._chars -= self._open.pop(gathering, 0)
        if gathering.incomplete:
            self.told_incomplete(gathering.reward)
        if gathering.failed:
            self._forget(key, gathering)
        else:
            self._settled[gathering] = (key, self._clock() + self._kept_s)

    def _evict(self) -> None:
        now = self._clock()
        while self._settled:
            gathering, (key, expires) = next(iter(self._settled.items()))
            if expires > now and len(self._settled) <= self._max_groups:
                return
            self._forget(key, gathering)

    def _forget(self, key: Key, gathering: Gathering) -> None:
        self._settled.pop(gathering, None)
        if self._by_key.get(key) is gathering:
            del self._by_key[key]
        if not gathering.settled:
            gathering.give_up()
