"""Components that answer from the store, and put to models only what they are allowed to.

Every component that asks no model is simply run again.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import reduce

from pydantic import PrivateAttr

from judges.caller import NOT_ASKED
from judges.rubric_diff import diff
from reward_server.components.reward_model import RewardModel
from reward_server.components.rubric import Rubric
from reward_server.dashboard.playing.choosing import Before
from reward_server.reward.component import Bounds, Component
from reward_server.reward.reward_function import Column, RewardFunction
from rubrics.assessment import conclude, pending
from rubrics.cause import Cause
from rubrics.criteria.criterion import Criterion
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.reading import reread
from rubrics.rollout import Group, Rollout
from rubrics.settling import settle
from rubrics.verdict import Verdict

_CAUSES = frozenset(cause.value for cause in Cause)

Known = Mapping[str, Before]
"""What is stored, by the rollout's id, as far as it still holds."""


class StandIn(Component):
    """Stands in the place of a component that asks models."""

    _of: Component = PrivateAttr()
    _known: Known = PrivateAttr()
    _may_ask: bool = PrivateAttr(False)
    _questions: int = PrivateAttr(0)

    def __init__(self, component: Component, known: Known, *, may_ask: bool) -> None:
        super().__init__()
        self._of, self._known, self._may_ask = component, known, may_ask

    @property
    def bounds(self) -> Bounds:  # type: ignore[override]
        return self._of.bounds

    @property
    def relative(self) -> bool:  # type: ignore[override]
        return self._of.relative

    @property
    def unanswered(self) -> int:
        """At most so many questions would have had to be put to models."""
        return self._questions

    async def aclose(self) -> None:
        await self._of.aclose()


class RubricStandIn(StandIn):
    """A rubric component that takes stored verdicts where they answer the same question."""

    _fresh: AbstractSet[str] = PrivateAttr(frozenset[str]())

    def __init__(self, rubric: Rubric, known: Known, fresh: AbstractSet[str], *, may_ask: bool) -> None:
        """`fresh`: the criteria whose stored verdicts answer the question as it is put now."""
        super().__init__(rubric, known, may_ask=may_ask)
        self._fresh = fresh

    @property
    def _rubric(self) -> Rubric:
        assert isinstance(self._of, Rubric)
        return self._of

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        if self._may_ask:
            return await self._rubric.graded(group, self._told)
        return [self._replayed(rollout) for rollout in group]

    def _told(self, criterion: Criterion, rollout: Rollout) -> Verdict | None:
        """The stored verdict under this rubric, where there is one; one that failed is asked for again."""
        found = self._stored(criterion, rollout)
        return None if found is None or (self._may_ask and found.cause is not None) else found

    def _stored(self, criterion: Criterion, rollout: Rollout) -> Verdict | None:
        before = self._known.get(rollout.id)
        if before is None or criterion.id not in self._fresh:
            return None
        found = next((verdict for verdict in before.verdicts if verdict.criterion == criterion.id), None)
        return None if found is None else reread(self._rubric.opened, criterion, rollout, found)

    def _replayed(self, rollout: Rollout) -> Outcome:
        rubric = self._rubric.opened
        verdicts, unknown = settle(rubric, rollout), False
        while (asked := pending(rubric, verdicts)) and not unknown:
            told = {c.id: verdict for c in asked if (verdict := self._told(c, rollout)) is not None}
            verdicts |= told
            unknown = len(told) < len(asked)
        failed = [c for c in rubric.judged if c.id in verdicts and self._failed(c, rollout)]
        self._questions += sum(map(self._cost, failed))
        if not unknown:
            return conclude(rubric, verdicts)
        verdicts |= {c.id: v for c in rubric.judged if (v := self._told(c, rollout)) is not None}
        left = [criterion for criterion in rubric.judged if criterion.id not in verdicts]
        self._questions += sum(map(self._cost, left))
        verdicts |= {c.id: _unasked(c) for c in left}
        reached = tuple(verdicts[c.id] for c in (*rubric.criteria, *rubric.overall) if c.id in verdicts)
        return Unscored(Cause.COMPONENT_ERROR, NOT_ASKED, reached)

    def _failed(self, criterion: Criterion, rollout: Rollout) -> bool:
        """Whether there was no answer then, so that there may be one now."""
        stored = self._stored(criterion, rollout)
        return stored is not None and stored.cause is not None

    def _cost(self, criterion: Criterion) -> int:
        """Questions for one statement: one for each vote."""
        if criterion.ask is None:
            return 1
        return self._rubric.opened.samples_of(criterion) * len(self._rubric.panel)


def _unasked(criterion: Criterion) -> Verdict:
    return Verdict(criterion=criterion.id, cause=Cause.COMPONENT_ERROR, reason=NOT_ASKED)


class ModelStandIn(StandIn):
    """Any other component that asks models: a stored value stands for an answer where nothing changed."""

    _name: str = PrivateAttr("")

    def __init__(self, name: str, component: Component, known: Known, *, may_ask: bool) -> None:
        """`known`: only what this very component answered."""
        super().__init__(component, known, may_ask=may_ask)
        self._name = name

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        told = [self._told(rollout) for rollout in group]
        unanswered = sum(not isinstance(outcome, Score) for outcome in told)
        if self._may_ask and unanswered:
            return await self._of(group)
        self._questions += unanswered * max(1, self._of.questions)
        return [outcome or Unscored(Cause.COMPONENT_ERROR, NOT_ASKED) for outcome in told]

    def _told(self, rollout: Rollout) -> Outcome | None:
        before = self._known.get(rollout.id)
        found = None if before is None else before.components.get(self._name)
        if found is None:
            return None
        if found.value is None:
            return Unscored(Cause(found.cause), found.reason) if found.cause in _CAUSES else None
        return Score(found.value, found.reason)


def standing_in(
    tried: RewardFunction, served: RewardFunction, known: Known, *, may_ask: bool
) -> Mapping[str, StandIn]:
    """Stand-ins for those of a reward's components that ask models, by name.

    `known` are scores that `served` gave, so that it says what was asked.
    """
    found: dict[str, StandIn] = {}
    for column in tried.columns:
        component = column.component
        if isinstance(component, Rubric):
            fresh = _fresh(component, tried, served)
            found[column.name] = RubricStandIn(component, known, fresh, may_ask=may_ask)
        elif isinstance(component, RewardModel) or component.questions:
            same = known if _unchanged(column, tried, served) else {}
            found[column.name] = ModelStandIn(column.name, component, same, may_ask=may_ask)
    return found


def _fresh(rubric: Rubric, tried: RewardFunction, served: RewardFunction) -> AbstractSet[str]:
    """The criteria that one of the served rubrics has put to the same judges in the same way."""
    if tried.layout != served.layout:
        return frozenset()
    others = [c.component for c in served.columns if isinstance(c.component, Rubric)]
    return reduce(frozenset.union, (_asked_alike(other, rubric) for other in others), frozenset[str]())


def _asked_alike(before: Rubric, after: Rubric) -> frozenset[str]:
    found, _ = diff(before.opened, after.opened, after.layout)
    stale = {obstacle.criterion for obstacle in found.obstacles if obstacle.need in {"judge", "levels"}}
    others = before.panel != after.panel or before.layout != after.layout
    return frozenset(
        criterion.id
        for criterion in after.opened.judged
        if criterion.id not in stale and not (others and criterion.ask is not None)
    )


def _unchanged(column: Column, tried: RewardFunction, served: RewardFunction) -> bool:
    """Whether the served reward has this very component, never kept from its rollouts by a gate."""
    before = next((each for each in served.columns if each.name == column.name), None)
    if before is None or before.gate is not None or tried.layout != served.layout:
        return False
    one, other = before.component, column.component
    return type(one) is type(other) and one.identity() == other.identity() and not one.relative
