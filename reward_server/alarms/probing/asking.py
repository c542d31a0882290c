"""What is asked of which judges: one rollout at a time, and only when nobody waits for them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from judges.attack.statements import judged, statements
from judges.caller import calling
from reward_server.components.rubric import Rubric
from reward_server.reward.reward_function import RewardFunction
from rubrics.criteria.criterion import Criterion
from rubrics.layout import Layout
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric as RubricFile
from rubrics.verdict import Verdict

if TYPE_CHECKING:
    from judges.judge import Judge

POLITE_S = 0.05
"""So often it is looked whether anybody still waits."""
PATIENCE_S = 120.0
"""So long one rollout may take."""


class StoppedError(Exception):
    """The server is stopping, so no more is asked."""


class Asking:
    """One rubric and its judges. Verdicts are asked for anew, whatever the judges remember."""

    def __init__(
        self, name: str, component: Rubric, function: RewardFunction, stopping: Callable[[], bool]
    ) -> None:
        """`name` is the component's."""
        from judges.grade import Grader

        self.name = name
        self.layout: Layout = function.layout
        self.judge = "+".join(component.panel)
        self.rubric = _asked(statements(component.opened))
        self.criteria: Sequence[Criterion] = judged(self.rubric)
        self._judges: list[Judge] = [function.judges[judge].judge for judge in component.panel]
        self._grader = Grader(self.rubric, [judge.forgetful for judge in self._judges])
        self._stopping = stopping

    async def verdicts(self, rollout: Rollout) -> Mapping[str, Verdict]:
        """The verdicts on one rollout, by criterion, that were reached. Raises StoppedError, TimeoutError."""
        await self._turn()
        async with asyncio.timeout(PATIENCE_S):
            with calling():  # without a deadline: the least urgent of all callers
                outcomes = await self._grader.grade_group([rollout])
        found = outcomes[0].verdicts
        return {verdict.criterion: verdict for verdict in found if verdict.probability is not None}

    async def _turn(self) -> None:
        while not self._stopping():
            if not any(judge.status().waiting for judge in self._judges):
                return
            await asyncio.sleep(POLITE_S)
        raise StoppedError


def askings(function: RewardFunction, stopping: Callable[[], bool]) -> list[Asking]:
    """What a reward function has judged by chat models."""
    found = [
        Asking(column.name, column.component, function, stopping)
        for column in function.columns
        if isinstance(column.component, Rubric) and _asks(column.component)
    ]
    return [asking for asking in found if asking.criteria]


def _asks(component: Rubric) -> bool:
    return any(criterion.ask is not None for criterion in judged(component.opened))


def _asked(rubric: RubricFile) -> RubricFile:
    """The rubric with those of its criteria that a chat model decides."""
    if rubric.holistic is not None:
        return rubric
    return rubric.model_copy(update={"criteria": [each for each in rubric.criteria if each.ask is not None]})
