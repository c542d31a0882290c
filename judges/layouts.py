"""Whether a judge says the same under both layouts of its prompt, criterion by criterion.

`listed` costs an engine with a prefix cache much less. Whether it changes what this judge finds, in these
texts, is a question of fact: every statement is judged under both, and the answers are compared.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, get_args

import msgspec

from judges.grade import grade_group
from judges.observer import Unobserved
from judges.request import Usage
from rubrics.aggregate import Aggregate
from rubrics.comparison import Comparison, compared
from rubrics.rollout import Group
from rubrics.rubric import PromptLayout, Rubric
from rubrics.verdict import Verdict
from rubrics.weights.options import Weights

if TYPE_CHECKING:
    from judges.judge import Judge

GROUPS_AT_ONCE = 64


class Cost(msgspec.Struct):
    """What the questions under one layout cost the judge, as its replies say."""

    calls: int = 0
    prompt: int = 0
    """Prompt tokens."""
    cached: int = 0
    """Those of them that came out of the prefix cache."""


class Meter(Unobserved):
    """An observer that counts what replies cost under each layout."""

    def __init__(self) -> None:
        self.costs: dict[PromptLayout, Cost] = {}

    def begin(self, layout: PromptLayout) -> None:
        """Count for this layout from now on."""
        self._cost = self.costs[layout] = Cost()

    def replied(self, usage: Usage, seconds: float) -> None:  # noqa: ARG002 - an observer is told more
        self._cost.calls += 1
        self._cost.prompt += usage.prompt
        self._cost.cached += usage.cached


async def compare(
    rubric: Rubric, groups: Sequence[Group], judge: "Judge", meter: Meter | None = None
) -> list[Comparison]:
    """Judge every rollout under both layouts, `criterion_last` first: a comparison for each statement.

    Gates and labels do not count, so that everything is judged. `meter`, which observes `judge`, is told
    which layout is on.
    """
    found: dict[PromptLayout, list[Mapping[str, Verdict]]] = {}
    for layout in get_args(PromptLayout):
        if meter is not None:
            meter.begin(layout)
        found[layout] = await _judged(_statements(rubric, layout), groups, judge)
    pairs = list(zip(found["criterion_last"], found["listed"], strict=True))
    asked = [criterion.id for criterion in rubric.criteria if criterion.ask is not None]
    return [compared(name, [(last.get(name), listed.get(name)) for last, listed in pairs]) for name in asked]


def _statements(rubric: Rubric, layout: PromptLayout) -> Rubric:
    """The rubric's statements alone, each to be judged whatever the others come to."""
    asked = [
        criterion.model_copy(update={"gate": None, "expect": "met"})
        for criterion in rubric.criteria
        if criterion.ask is not None
    ]
    plain = {"weights": Weights(), "aggregate": Aggregate()}
    return rubric.model_copy(update={"criteria": asked, "layout": layout, **plain})


async def _judged(rubric: Rubric, groups: Sequence[Group], judge: "Judge") -> list[Mapping[str, Verdict]]:
    """The verdicts on each rollout, by criterion."""
    slots = asyncio.Semaphore(GROUPS_AT_ONCE)

    async def grade(group: Group) -> list[Mapping[str, Verdict]]:
        async with slots:
            outcomes = await grade_group(rubric, group.rollouts, judge)
        return [{verdict.criterion: verdict for verdict in outcome.verdicts} for outcome in outcomes]

    return [verdicts for graded in await asyncio.gather(*map(grade, groups)) for verdicts in graded]
