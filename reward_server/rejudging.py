"""Scoring a file again with judges: for what no saved verdict answers, or for everything."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec
from pydantic import PrivateAttr

from reward_server.components.rubric import Rubric
from reward_server.engine.row import Row
from reward_server.replaying import RubricStandIn, refuse_shared_ids, rubrics_of
from reward_server.reward.reward_function import Column, RewardFunction
from reward_server.saved_results import Saved
from rubrics.comparison import Comparison, compared
from rubrics.criteria.criterion import Criterion
from rubrics.outcome import Outcome
from rubrics.reading import reread
from rubrics.rollout import Group, Rollout
from rubrics.settling import settle
from rubrics.verdict import Verdict


class CompletedRubric(RubricStandIn):
    """A rubric component that asks its judges what saved verdicts do not answer.

    Verdicts that failed then are asked for again.
    """

    _asked: Counter[str] = PrivateAttr()

    def __init__(self, component: Rubric, saved: Saved, stale: AbstractSet[str] = frozenset()) -> None:
        super().__init__(component, saved, stale)
        self._asked = Counter()

    @property
    def questions(self) -> int:  # type: ignore[override]
        return self._of.questions

    @property
    def asked(self) -> Mapping[str, int]:
        """How many rollouts each criterion was asked about."""
        return self._asked

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        outcomes = await self._of.graded(group, self._known)
        for rollout, outcome in zip(group, outcomes, strict=True):
            self._asked.update(self._asked_about(rollout, outcome))
        return outcomes

    def _known(self, criterion: Criterion, rollout: Rollout) -> Verdict | None:
        saved = self._verdict(criterion, rollout)
        return None if saved is None else reread(self._of.opened, criterion, rollout, saved)

    def _asked_about(self, rollout: Rollout, outcome: Outcome) -> list[str]:
        """The criteria on which neither code nor a saved verdict decided."""
        reached = {verdict.criterion for verdict in outcome.verdicts}
        left = reached - settle(self._of.opened, rollout).keys()
        return [c.id for c in self._of.opened.judged if c.id in left and self._known(c, rollout) is None]

    def _verdict(self, criterion: Criterion, rollout: Rollout) -> Verdict | None:
        """The saved verdict, unless it failed or answers other words."""
        if criterion.id in self._stale:
            return None
        verdicts = self._saved[rollout.id].verdicts
        return next((v for v in verdicts if v.criterion == criterion.id and v.cause is None), None)


def completing(
    function: RewardFunction, saved: Saved, stale: Mapping[str, AbstractSet[str]]
) -> RewardFunction:
    """The reward function with saved verdicts where they answer. Raises ConfigError.

    `stale`: by rubric, the criteria whose saved verdicts answer something else.
    """
    refuse_shared_ids(rubrics_of(function))

    def completed(column: Column) -> Column:
        if not isinstance(column.component, Rubric):
            return column
        component = CompletedRubric(column.component, saved, stale.get(column.name, frozenset()))
        return Column(column.name, component, column.weight, column.gate)

    return msgspec.structs.replace(function, columns=[completed(column) for column in function.columns])


def asking_anew(function: RewardFunction) -> tuple[RewardFunction, Sequence[str]]:
    """The reward function with judges that remember no verdict from before, and what they decide.

    Raises ConfigError.
    """
    rubrics = rubrics_of(function)
    refuse_shared_ids(rubrics)
    judges = {name: judge.forgetful for name, judge in function.judges.items()}

    def anew(column: Column) -> Column:
        if not isinstance(column.component, Rubric):
            return column
        return Column(column.name, column.component.asking(judges), column.weight, column.gate)

    columns = [anew(column) for column in function.columns]
    decided = [criterion.id for rubric in rubrics.values() for criterion in rubric.opened.judged]
    return msgspec.structs.replace(function, columns=columns, judges=judges), decided


def asked_in(function: RewardFunction) -> Mapping[str, int]:
    """How many rollouts each criterion was asked about, of a function made by `completing`."""
    rubrics = [c.component for c in function.columns if isinstance(c.component, CompletedRubric)]
    return {name: count for rubric in rubrics for name, count in rubric.asked.items()}


def verdicts_moved(
    criteria: Collection[str], saved: Saved, rows: Sequence[Sequence[Row]]
) -> list[Comparison]:
    """How the verdicts on these criteria differ from the saved ones, where both were reached."""
    flat = [row for group in rows for row in group]
    return [compared(name, _pairs(name, saved, flat)) for name in criteria]


def _pairs(criterion: str, saved: Saved, rows: Sequence[Row]) -> Iterator[tuple[Verdict, Verdict]]:
    for row in rows:
        before = _of(criterion, saved[row.rollout.id].verdicts)
        after = _of(criterion, [v for outcome in row.components.values() for v in outcome.verdicts])
        if before is not None and after is not None:
            yield before, after


def _of(criterion: str, verdicts: Sequence[Verdict]) -> Verdict | None:
    return next((verdict for verdict in verdicts if verdict.criterion == criterion), None)
