"""From what was found of a criterion to its verdict: the one place where verdicts on criteria are made."""

from rubrics.criteria.applicability import words
from rubrics.criteria.criterion import HALF, Criterion
from rubrics.criteria.expectation import worth
from rubrics.outcome import Unscored
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric
from rubrics.verdict import MET, SKIPPED, UNMET, Verdict


def inapplicable(criterion: Criterion) -> Verdict:
    """Skipped: the criterion does not apply to this sample."""
    assert criterion.when is not None
    reason = f"applies only where {words(criterion.when)}"
    return Verdict(criterion=criterion.id, choice=SKIPPED, reason=reason)


def unlabelled(criterion: Criterion) -> Verdict:
    """Skipped: the sample has no label to compare with."""
    return Verdict(criterion=criterion.id, choice=SKIPPED, reason=f"no label at {criterion.label_path}")


def unscored(rubric: Rubric, criterion: Criterion, rollout: Rollout, why: Unscored) -> Verdict:
    """No value, for a cause of ours."""
    weight = rubric.weight_of(criterion, rollout)
    return Verdict(criterion=criterion.id, weight=weight, reason=why.detail, cause=why.cause)


def valued(
    rubric: Rubric,
    criterion: Criterion,
    rollout: Rollout,
    finding: float,
    *,
    choice: str | None = None,
    reason: str | None = None,
) -> Verdict:
    """What `finding` is worth under what is expected of this rollout; of a scale, `choice` is its level."""
    expected = criterion.target(rollout)
    if expected is None:
        return unlabelled(criterion)
    if isinstance(expected, Unscored):
        return unscored(rubric, criterion, rollout, expected)
    return Verdict(
        criterion=criterion.id,
        value=worth(finding, expected),
        choice=choice or (MET if finding >= HALF else UNMET),
        weight=rubric.weight_of(criterion, rollout),
        reason=reason,
        probability=finding if criterion.judged else None,
    )
