"""A rubric as its judged statements alone, so that each is judged whatever gates and labels come to."""

from collections.abc import Mapping, Sequence
from typing import Literal

from rubrics.aggregate import Aggregate
from rubrics.criteria.criterion import Criterion
from rubrics.criteria.expectation import ExpectedLabel
from rubrics.rubric import Rubric
from rubrics.verdict import MET, Verdict
from rubrics.weights.options import Weights

Pays = Literal["earns", "costs", "by label"]
"""What it does to the reward when a criterion is found met."""


def judged(rubric: Rubric) -> Sequence[Criterion]:
    """The criteria that a model decides: of a holistic rubric, its one question."""
    if rubric.holistic is not None:
        return [rubric.holistic]
    return [criterion for criterion in rubric.criteria if criterion.judged]


def statements(rubric: Rubric, only: str | None = None) -> Rubric:
    """The rubric to have judged; with `only`, without its other criteria.

    Its prompts are those of the whole rubric, where a prompt shows one criterion.
    """
    if rubric.holistic is not None:
        return rubric
    found = [_ungated(criterion) for criterion in judged(rubric) if only in (None, criterion.id)]
    plain = {"criteria": found, "weights": Weights(), "aggregate": Aggregate()}
    return rubric.model_copy(update=plain)


def _ungated(criterion: Criterion) -> Criterion:
    """The criterion without what could leave it unasked: a gate, or a label that the sample lacks."""
    labelled = isinstance(criterion.expect, ExpectedLabel)
    return criterion.model_copy(update={"gate": None, **({"expect": "met"} if labelled else {})})


def pays(criterion: Criterion) -> Pays:
    """What being found met does."""
    if isinstance(criterion.expect, ExpectedLabel):
        return "by label"
    return "earns" if (criterion.weight > 0) == (criterion.expect == "met") else "costs"


def is_met(criterion: Criterion, verdict: Verdict) -> bool:
    """Whether the statement was found met: on a scale, whether its best level is the most probable."""
    scale: Mapping[str, float] | None = criterion.scale
    if scale is None:
        return verdict.choice == MET
    return verdict.choice is not None and scale.get(verdict.choice) == max(scale.values())
