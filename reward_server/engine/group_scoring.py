"""The columns of one group: scored at once where nothing waits, as tasks where something does."""

import asyncio
from collections.abc import Sequence
from typing import Any

from judges import clock
from reward_server.engine.attendance import Attendance
from reward_server.engine.comparison import Gaps, compare
from reward_server.engine.isolation import call, checked
from reward_server.engine.row import Columns, gaps_in
from reward_server.engine.trail import Leg, Trail
from reward_server.engine.turn import Turn
from reward_server.reward.component import PerRollout
from reward_server.reward.reward_function import Column, RewardFunction
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Unscored
from rubrics.rollout import Group, Rollout


class GroupScoring:
    """Scores one group; `interrupt` ends it with what has been reached.

    Of a group that comes in several requests this is one request's part; its `attendance` knows the rest.
    """

    def __init__(
        self,
        function: RewardFunction,
        group: Group,
        attendance: Attendance | None = None,
        trail: Trail | None = None,
    ) -> None:
        self._function = function
        self._group = group
        self._attendance = attendance
        self._trail = trail
        self.gaps: Gaps | Unscored | None = None
        """The columns that the whole group lacks, where it comes in several requests; else None."""
        self._outcomes: dict[str, Sequence[Outcome]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._agreeing: asyncio.Task[None] | None = None
        self._interrupted: asyncio.Future[Cause] = asyncio.get_running_loop().create_future()

    async def start(self, turn: Turn) -> None:
        """Score the columns that never wait, and start those that do; nothing once it is interrupted."""
        immediate = self._function.immediate
        for column in self._function.columns:
            await turn.give_way()
            if self._interrupted.done():
                self._outcomes[column.name] = [Unscored(self._interrupted.result())] * len(self._group)
            elif column.name in immediate:
                leg = self._begin(column)
                self._score_now(column)
                _end(leg)
            else:
                self._tasks[column.name] = asyncio.create_task(self._score_later(column))
        if self._attendance is not None and self._function.on_unscored == "renormalise_group":
            self._agreeing = asyncio.create_task(self._agree(self._attendance))

    async def finish(self) -> Columns:
        """One outcome for each rollout in every column. Cancelling it cancels what was started."""
        if self._running:
            try:
                await self._wait()
            finally:
                self.cancel()
        if self._attendance is not None:
            names = [rollout.id for rollout in self._group]
            self._attendance.conclude(names, self._outcomes, gaps_in(self._outcomes))
        return self._outcomes

    @property
    def _running(self) -> set[asyncio.Task[None]]:
        return {*self._tasks.values(), *([] if self._agreeing is None else [self._agreeing])}

    def cancel(self) -> None:
        """Drop what is still running."""
        for task in self._running:
            task.cancel()

    def interrupt(self, cause: Cause) -> None:
        """Stop waiting: columns that are not finished become `Unscored(cause)`."""
        if not self._interrupted.done():
            self._interrupted.set_result(cause)

    async def _wait(self) -> None:
        running: set[asyncio.Future[Any]] = {*self._running}
        while running and not self._interrupted.done():
            waited_for = {*running, self._interrupted}
            done, running = await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
            running.discard(self._interrupted)
            for task in done:
                task.result()
        for name in self._tasks:
            if name not in self._outcomes:
                self._outcomes[name] = [self._unfinished(name in self._function.compared)] * len(self._group)
        if self._agreeing is not None and self.gaps is None:
            self.gaps = self._unfinished(relative=True)

    def _unfinished(self, relative: bool) -> Unscored:
        told = self._attendance.told if relative and self._attendance is not None else None
        return Unscored(self._interrupted.result(), told)

    def _score_now(self, column: Column) -> None:
        assert isinstance(column.component, PerRollout)
        if column.gate is None:
            outcomes = column.component.score_all(self._group.rollouts)
            self._outcomes[column.name] = checked(column.component, len(self._group), outcomes)
            return
        decided, open_ = self._gated(column)
        scored = checked(column.component, len(open_), column.component.score_all(open_))
        self._outcomes[column.name] = _merge(decided, scored)

    async def _score_later(self, column: Column) -> None:
        if column.gate is not None and column.gate.on in self._tasks:
            await asyncio.shield(self._tasks[column.gate.on])
        leg = self._begin(column)
        self._outcomes[column.name] = await self._waited_for(column)
        _end(leg)

    async def _waited_for(self, column: Column) -> Sequence[Outcome]:
        decided, open_ = self._gated(column)
        if column.component.relative:
            return await self._compare(column, decided)
        scored = await call(column.component, Group(self._group.id, open_)) if open_ else ()
        return _merge(decided, scored)

    def _begin(self, column: Column) -> Leg | None:
        return None if self._trail is None else self._trail.begin(self._group.id, column.name)

    async def _compare(self, column: Column, decided: Sequence[Outcome | None]) -> Sequence[Outcome]:
        pairs = zip(self._group.rollouts, decided, strict=True)
        parts = {rollout.id: outcome or rollout for rollout, outcome in pairs}
        if self._attendance is None:
            outcomes = await compare(column.component, self._group.id, parts)
        else:
            outcomes = await self._attendance.compare(column.name, parts)
        return [outcomes[rollout.id] for rollout in self._group]

    async def _agree(self, attendance: Attendance) -> None:
        await asyncio.gather(*map(asyncio.shield, self._tasks.values()))
        self.gaps = await attendance.agree(gaps_in(self._outcomes))

    def _gated(self, column: Column) -> tuple[Sequence[Outcome | None], Sequence[Rollout]]:
        """What a column's gate decides for each rollout, and the rollouts it leaves open."""
        if column.gate is None:
            return [None] * len(self._group), self._group.rollouts
        decided = [column.gate.decide(key) for key in self._outcomes[column.gate.on]]
        open_ = [r for r, outcome in zip(self._group.rollouts, decided, strict=True) if outcome is None]
        return decided, open_


def _end(leg: Leg | None) -> None:
    if leg is not None:
        leg.ended = clock.now()


def _merge(decided: Sequence[Outcome | None], scored: Sequence[Outcome]) -> list[Outcome]:
    rest = iter(scored)
    return [outcome if outcome is not None else next(rest) for outcome in decided]
