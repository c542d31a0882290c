"""The way of a batch through its reward function, kept where somebody wants to know: traces.

Nothing of what a policy wrote is in it: ids, names, times, causes and counts.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

from judges import clock
from judges.call import Call
from judges.caller import Tally
from reward_server.engine.row import Row
from reward_server.reward.reward_function import RewardFunction
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Unscored
from rubrics.rollout import Group


class Leg(msgspec.Struct):
    """One column of one group. Times are seconds on the monotonic clock."""

    group: str
    column: str
    started: float
    ended: float | None = None
    """None where it was cut off."""


class ScoredGroup(msgspec.Struct, frozen=True):
    """What became of a group."""

    id: str
    rollouts: Mapping[str, Cause | None]
    """By rollout id, why it is unscored; None where it has a reward."""
    columns: Mapping[str, Mapping[Cause, int]]
    """By column, how many rollouts lack a value, and why."""


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """A batch that has arrived. Times are seconds on the monotonic clock."""

    reward: str
    version: str
    started: float
    ended: float
    groups: Sequence[ScoredGroup]
    legs: Sequence[Leg]
    calls: Sequence[Call]
    tally: Tally
    criteria: Mapping[str, Sequence[str]]
    """The criteria of each column that has any."""


class Trail:
    """Collects what happens to a batch; `tell` is handed the whole when it has arrived."""

    def __init__(self, tell: Callable[[Journey], None]) -> None:
        self._tell = tell
        self._legs: list[Leg] = []
        self._started = 0.0

    def set_out(self) -> None:
        """Note that the batch is on its way."""
        self._started = clock.now()

    def begin(self, group: str, column: str) -> Leg:
        """Note that a column of a group is begun; its `ended` is for the caller to set."""
        leg = Leg(group, column, clock.now())
        self._legs.append(leg)
        return leg

    def arrive(
        self,
        function: RewardFunction,
        groups: Sequence[Group],
        rows: Sequence[Sequence[Row]],
        calls: Sequence[Call],
        tally: Tally,
    ) -> None:
        """Tell of a batch whose rows are there."""
        criteria = {column.name: column.component.criteria for column in function.columns}
        self._tell(
            Journey(
                reward=function.name,
                version=function.version,
                started=self._started,
                ended=clock.now(),
                groups=[_scored(group.id, scored) for group, scored in zip(groups, rows, strict=True)],
                legs=self._legs,
                calls=calls,
                tally=tally,
                criteria={name: ids for name, ids in criteria.items() if ids},
            )
        )


def _scored(group: str, rows: Sequence[Row]) -> ScoredGroup:
    columns: dict[str, Counter[Cause]] = {}
    for row in rows:
        for name, outcome in row.components.items():
            if isinstance(outcome, Unscored):
                columns.setdefault(name, Counter())[outcome.cause] += 1
    return ScoredGroup(group, {row.rollout.id: _cause(row.reward) for row in rows}, columns)


def _cause(outcome: Outcome) -> Cause | None:
    return outcome.cause if isinstance(outcome, Unscored) else None


_CURRENT: ContextVar[Trail | None] = ContextVar("trail", default=None)


@contextmanager
def followed(trail: Trail) -> Iterator[None]:
    """Have what is scored in the body leave this trail."""
    token = _CURRENT.set(trail)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current() -> Trail | None:
    """The trail to leave; None where nobody wants one."""
    return _CURRENT.get()
