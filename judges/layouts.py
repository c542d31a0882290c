"""Whether a judge says the same under both layouts of its prompt, criterion by criterion.

`listed` costs an engine with a prefix cache much less. Whether it changes what this judge finds, in these
texts, is a question of fact: every statement is judged under both, and the answers are compared.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import TYPE_CHECKING, get_args

import msgspec

from judges.grade import grade_group
from judges.observer import Unobserved
from judges.request import Usage
from rubrics.cause import Cause
from rubrics.rollout import Group
from rubrics.rubric import PromptLayout, Rubric, Weights
from rubrics.verdict import Verdict

if TYPE_CHECKING:
    from judges.judge import Judge

GROUPS_AT_ONCE = 64


class Comparison(msgspec.Struct, frozen=True):
    """One criterion under both layouts."""

    criterion: str
    compared: int
    """Rollouts with a verdict under both."""
    flips: int
    """How many of them got another choice."""
    difference: float | None
    """Mean absolute difference of the probabilities (expected values on a scale); None without any."""
    shift: float | None
    """Mean of `listed` minus `criterion_last`: whether one of them finds more."""
    causes: Mapping[Cause, int]
    """Why others had no verdict, under one layout at least, with the number of rollouts."""

    @property
    def agreement(self) -> float | None:
        """Share of the rollouts that got the same choice; None without any."""
        return 1 - self.flips / self.compared if self.compared else None


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
    """Judge every rollout under both layouts: one comparison for each statement of the rubric.

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


def compared(criterion: str, pairs: Iterable[tuple[Verdict | None, Verdict | None]]) -> Comparison:
    """Compare the verdicts under `criterion_last` and `listed` on one criterion, a pair for each rollout."""
    flips, shifts, causes = 0, [], Counter[Cause]()
    for last, listed in pairs:
        causes.update({cause for cause in (_cause(last), _cause(listed)) if cause is not None})
        if last is None or listed is None or last.probability is None or listed.probability is None:
            continue
        flips += last.choice != listed.choice
        shifts.append(listed.probability - last.probability)
    return Comparison(criterion, len(shifts), flips, _mean(map(abs, shifts)), _mean(shifts), causes)


def _cause(verdict: Verdict | None) -> Cause | None:
    return Cause.COMPONENT_ERROR if verdict is None else verdict.cause


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return fsum(found) / len(found) if found else None


def _statements(rubric: Rubric, layout: PromptLayout) -> Rubric:
    """The rubric's statements alone, each to be judged whatever the others come to."""
    asked = [
        criterion.model_copy(update={"gate": None, "expect": "met"})
        for criterion in rubric.criteria
        if criterion.ask is not None
    ]
    return rubric.model_copy(update={"criteria": asked, "weights": Weights(), "layout": layout})


async def _judged(rubric: Rubric, groups: Sequence[Group], judge: "Judge") -> list[Mapping[str, Verdict]]:
    """The verdicts on each rollout, by criterion."""
    slots = asyncio.Semaphore(GROUPS_AT_ONCE)

    async def grade(group: Group) -> list[Mapping[str, Verdict]]:
        async with slots:
            outcomes = await grade_group(rubric, group.rollouts, judge)
        return [{verdict.criterion: verdict for verdict in outcome.verdicts} for outcome in outcomes]

    return [verdicts for graded in await asyncio.gather(*map(grade, groups)) for verdicts in graded]
