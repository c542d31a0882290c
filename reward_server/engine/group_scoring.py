"""The columns of one group: scored at once where nothing waits, as tasks where something does."""

import asyncio
from collections.abc import Sequence
from typing import Any

from reward_server.engine.row import Columns
from reward_server.engine.turn import Turn
from reward_server.reward.component import Component, PerRollout, failed
from reward_server.reward.reward_function import Column, RewardFunction
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Group, Rollout

ROUNDING = 1e-9
"""Slack at the ends of a declared range for floating-point sums."""
LARGEST = 1e9
"""No value is larger than this, either way, so that no sum or square of a batch can overflow."""


class GroupScoring:
    """Scores one group; `interrupt` ends it with what has been reached."""

    def __init__(self, function: RewardFunction, group: Group) -> None:
        self._function = function
        self._group = group
        self._outcomes: dict[str, Sequence[Outcome]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._interrupted: asyncio.Future[Cause] = asyncio.get_running_loop().create_future()

    async def start(self, turn: Turn) -> None:
        """Score the columns that never wait, and start those that do; nothing once it is interrupted."""
        immediate = self._function.immediate
        for column in self._function.columns:
            await turn.give_way()
            if self._interrupted.done():
                self._outcomes[column.name] = [Unscored(self._interrupted.result())] * len(self._group)
            elif column.name in immediate:
                self._score_now(column)
            else:
                self._tasks[column.name] = asyncio.create_task(self._score_later(column))

    async def finish(self) -> Columns:
        """One outcome for each rollout in every column. Cancelling it cancels what was started."""
        if self._tasks:
            try:
                await self._wait()
            finally:
                self.cancel()
        return self._outcomes

    def cancel(self) -> None:
        """Drop what is still running."""
        for task in self._tasks.values():
            task.cancel()

    def interrupt(self, cause: Cause) -> None:
        """Stop waiting: columns that are not finished become `Unscored(cause)`."""
        if not self._interrupted.done():
            self._interrupted.set_result(cause)

    async def _wait(self) -> None:
        running: set[asyncio.Future[Any]] = {*self._tasks.values()}
        while running and not self._interrupted.done():
            waited_for = {*running, self._interrupted}
            done, running = await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
            running.discard(self._interrupted)
            for task in done:
                task.result()
        for name in self._tasks:
            if name not in self._outcomes:
                self._outcomes[name] = [Unscored(self._interrupted.result())] * len(self._group)

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
        decided, open_ = self._gated(column)
        scored = await self._call(column.component, open_) if open_ else ()
        self._outcomes[column.name] = _merge(decided, scored)

    async def _call(self, component: Component, rollouts: Sequence[Rollout]) -> Sequence[Outcome]:
        try:
            outcomes = await component(Group(self._group.id, rollouts))
        except Exception as error:  # noqa: BLE001 - a component's bug must not take the other columns along
            return [failed(error)] * len(rollouts)
        except asyncio.CancelledError as error:
            if _is_being_cancelled():
                raise
            return [failed(error)] * len(rollouts)  # the component's own: something it awaited was cancelled
        return checked(component, len(rollouts), outcomes)

    def _gated(self, column: Column) -> tuple[Sequence[Outcome | None], Sequence[Rollout]]:
        """What a column's gate decides for each rollout, and the rollouts it leaves open."""
        if column.gate is None:
            return [None] * len(self._group), self._group.rollouts
        decided = [column.gate.decide(key) for key in self._outcomes[column.gate.on]]
        open_ = [r for r, outcome in zip(self._group.rollouts, decided, strict=True) if outcome is None]
        return decided, open_


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _merge(decided: Sequence[Outcome | None], scored: Sequence[Outcome]) -> list[Outcome]:
    rest = iter(scored)
    return [outcome if outcome is not None else next(rest) for outcome in decided]


def checked(component: Component, count: int, outcomes: object) -> Sequence[Outcome]:
    """What a component returned, with everything that is not a valid outcome made `component_error`."""
    if not isinstance(outcomes, list | Sequence) or len(outcomes) != count:
        return [Unscored(Cause.COMPONENT_ERROR, "not one outcome for each rollout")] * count
    low, high = component.bounds
    low, high = max(low - ROUNDING, -LARGEST), min(high + ROUNDING, LARGEST)
    return [_valid(outcome, low, high) for outcome in outcomes]


def _valid(outcome: object, low: float, high: float) -> Outcome:
    if isinstance(outcome, Score):
        if low <= outcome.value <= high:
            return outcome
        return Unscored(Cause.COMPONENT_ERROR, f"{outcome.value:g} is outside the declared range")
    if isinstance(outcome, Unscored):
        return outcome
    return Unscored(Cause.COMPONENT_ERROR, f"a {type(outcome).__name__} is neither Score nor Unscored")
