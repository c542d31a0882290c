"""What is put to the judge for a golden case: every criterion, whatever its gates come to."""

from collections.abc import Collection, Mapping

from rubrics.criteria.criterion import Criterion, CriterionGate
from rubrics.rubric import Rubric
from rubrics.verdict import SKIPPED
from rubrics.weights.options import Weights

_HARMLESS = CriterionGate(cap=1.0)
"""Not None: of a holistic rubric only criteria with a gate are judged on their own."""
_LEAST_COVERAGE = 1e-9


def trial(rubric: Rubric, expected: Mapping[str, str], only: Collection[str] | None = None) -> Rubric:
    """The rubric with nothing in it that keeps a criterion of `expected` from being judged.

    Gates decide nothing, a failure stops nothing, and no label is needed, except for criteria that are
    expected to be skipped. `only` leaves the others out; it may be given where `alone` allows that.
    """
    criteria = [
        _freed(criterion, expected.get(criterion.id))
        for criterion in rubric.criteria
        if only is None or criterion.id in only
    ]
    aggregate = rubric.aggregate.model_copy(update={"min_coverage": _LEAST_COVERAGE})
    return rubric.model_copy(update={"criteria": criteria, "weights": Weights(), "aggregate": aggregate})


def alone(rubric: Rubric, layout: str) -> bool:
    """Whether a statement is put to the judge in the same words when others are left out."""
    listed = (rubric.layout or layout) == "listed"
    return not listed and rubric.judge.batch == 1 and rubric.holistic is None


def _freed(criterion: Criterion, expected: str | None) -> Criterion:
    changes: dict[str, object] = {}
    if criterion.gate is not None:
        changes["gate"] = _HARMLESS
    if criterion.label is None and expected != SKIPPED:
        changes["expect"] = "met"
    return criterion.model_copy(update=changes)
