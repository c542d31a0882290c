"""Scores groups under one deadline, all groups at once, each failure on its own.

A rollout's row depends on nothing but the rollout, its group and the reward function, so results are the
same in any order and at any concurrency. What the deadline cuts off is unscored; what was reached stays.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isinf

from judges.call import Call
from judges.caller import Tally, calling
from judges.deadline import within
from reward_server.engine import trail
from reward_server.engine.attendance import Attendance
from reward_server.engine.group_scoring import GroupScoring
from reward_server.engine.row import Columns, Row, rows
from reward_server.engine.turn import Turn
from reward_server.reward.reward_function import RewardFunction
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.rollout import Group, Rollout

GRACE_S = 0.1
"""A component that keeps the deadline itself gets this long to hand over what it has."""


class Scoring:
    """One request's groups on their way through a reward function."""

    def __init__(
        self,
        function: RewardFunction,
        groups: Sequence[Group],
        attendances: Sequence[Attendance | None] | None = None,
        *,
        keep_calls: bool = False,
        allowance: int | None = None,
    ) -> None:
        """`allowance`: the most questions it puts to models, which then go after those of all others."""
        self._function = function
        self._groups = groups
        self._attendances = attendances or [None] * len(groups)
        self._fit = [_fit(group) for group in groups]
        self._trail = trail.current()
        if self._trail is not None:
            self._trail.set_out()
        self._scorings = [
            GroupScoring(function, *pair, self._trail)
            for pair in zip(self._fit, self._attendances, strict=True)
        ]
        self.judging = Tally()
        """What its judges were asked, and where their time went."""
        self.calls: list[Call] = []
        """What was done for each question, where that is kept."""
        self._keep_calls = keep_calls or self._trail is not None
        self._allowance = allowance
        self.unasked = 0
        """Questions beyond the allowance."""

    async def run(self, deadline_s: float) -> list[list[Row]]:
        """The rows of each group, in order, no later than the deadline and a grace."""
        asking = calling(self._allowance)
        with within(deadline_s), asking as caller, self._interrupt_after(deadline_s + GRACE_S):
            self.judging = caller.tally
            caller.calls = self.calls if self._keep_calls else None
            columns = await self._columns()
            self.unasked = caller.refused
        scored = [
            rows(self._function, group, found, scoring.gaps)
            for group, found, scoring in zip(self._fit, columns, self._scorings, strict=True)
        ]
        whole = [self._complete(*pair) for pair in zip(self._groups, scored, strict=True)]
        if self._trail is not None:
            self._trail.arrive(self._function, self._groups, whole, self.calls, self.judging)
        return whole

    async def _columns(self) -> Sequence[Columns]:
        try:
            turn = Turn()
            for scoring in self._scorings:
                await scoring.start(turn)
            return [await scoring.finish() for scoring in self._scorings]
        finally:
            for scoring in self._scorings:
                scoring.cancel()
            for attendance in self._attendances:
                if attendance is not None:
                    attendance.leave()

    @contextmanager
    def _interrupt_after(self, seconds: float) -> Iterator[None]:
        if isinf(seconds):
            yield
            return
        timer = asyncio.get_running_loop().call_later(seconds, self.interrupt, Cause.DEADLINE)
        try:
            yield
        finally:
            timer.cancel()

    def interrupt(self, cause: Cause) -> None:
        """Answer now: what is not finished becomes `Unscored(cause)`."""
        for scoring in self._scorings:
            scoring.interrupt(cause)

    def _complete(self, group: Group, scored: list[Row]) -> list[Row]:
        """The rows of a whole group, with those of refused rollouts in their places."""
        if len(scored) == len(group):
            return scored
        rest = iter(scored)
        return [
            next(rest) if rollout.refused is None else self._refused(group, rollout, rollout.refused)
            for rollout in group.rollouts
        ]

    def _refused(self, group: Group, rollout: Rollout, why: Unscored) -> Row:
        return Row(
            rollout, group.id, why, dict.fromkeys(self._function.order, why), weights=self._function.weights
        )


def _fit(group: Group) -> Group:
    if all(rollout.refused is None for rollout in group.rollouts):
        return group
    return Group(group.id, [rollout for rollout in group.rollouts if rollout.refused is None])
