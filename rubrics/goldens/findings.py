"""What can be found of a rubric's criteria, and which of them are found by a model."""

from collections.abc import Mapping

from rubrics.criteria.criterion import Criterion
from rubrics.rubric import Rubric
from rubrics.verdict import MET, SKIPPED, UNMET

NOTHING = "nothing"
"""Neither met nor unmet: a blank text, or an abstention."""


def testable(rubric: Rubric) -> Mapping[str, Criterion]:
    """The criteria that get a verdict of their own, by id; of a holistic rubric also its one question."""
    decided = [criterion for criterion in rubric.criteria if not criterion.judged]
    found = {criterion.id for criterion in (*decided, *rubric.judged)}
    return {c.id: c for c in (*rubric.criteria, *rubric.overall) if c.id in found}


def findings_of(criterion: Criterion) -> tuple[str, ...]:
    """What can be found of it, best first where that is known: `met` and `unmet`, or the scale's levels."""
    if criterion.scale is None:
        return MET, UNMET
    return tuple(sorted(criterion.choices, key=criterion.scale.__getitem__, reverse=True))


def can_be_found(criterion: Criterion, finding: str) -> bool:
    """Whether a case may expect this."""
    return finding == SKIPPED or finding in findings_of(criterion)
