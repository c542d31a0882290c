"""What is decided of a rollout without a model: checks, labels, what does not apply, and blank text."""

from rubrics.blank import is_blank
from rubrics.criteria.criterion import Criterion
from rubrics.finding import inapplicable, unlabelled, unscored, valued
from rubrics.inputs import read_inputs
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric
from rubrics.verdict import Verdict


def settle(rubric: Rubric, rollout: Rollout) -> dict[str, Verdict]:
    """Every verdict that needs no judge.

    Checks and labels are evaluated. A statement is settled where its label is missing (skipped) or invalid,
    where an input was not sent (Unscored), and where the completion shows the judge only blank text: that
    earns nothing, whatever was expected, because judges are easily talked into a verdict on nothing. (It is
    worth 0, and in a rubric of pitfalls alone, which pays for avoiding them, it falls into each.)
    """
    found = {criterion.id: _settled(rubric, criterion, rollout) for criterion in rubric.coded}
    nothing = _nothing_to_judge(rubric, rollout) if rubric.judged else None
    for criterion in rubric.judged:
        verdict = _unasked(rubric, criterion, rollout, nothing)
        if verdict is not None:
            found[criterion.id] = verdict
    return found


def _settled(rubric: Rubric, criterion: Criterion, rollout: Rollout) -> Verdict:
    if not _applies(criterion, rollout):
        return inapplicable(criterion)
    outcome = _outcome(criterion, rollout)
    if outcome is None:
        return unlabelled(criterion)
    if isinstance(outcome, Unscored):
        return unscored(rubric, criterion, rollout, outcome)
    return valued(rubric, criterion, rollout, outcome.value, reason=outcome.reason)


def _outcome(criterion: Criterion, rollout: Rollout) -> Outcome | None:
    """What code finds; None where the label is missing."""
    if criterion.label is not None:
        return criterion.label.compare(rollout)
    assert criterion.check is not None
    return None if criterion.target(rollout) is None else criterion.check(rollout)


def _unasked(
    rubric: Rubric, criterion: Criterion, rollout: Rollout, nothing: Outcome | None
) -> Verdict | None:
    if not _applies(criterion, rollout):
        return inapplicable(criterion)
    expected = criterion.target(rollout)
    if expected is None:
        return unlabelled(criterion)
    if isinstance(expected, Unscored):
        return unscored(rubric, criterion, rollout, expected)
    if isinstance(nothing, Unscored):
        return unscored(rubric, criterion, rollout, nothing)
    if nothing is not None:
        weight = rubric.weight_of(criterion, rollout)
        return Verdict(criterion=criterion.id, value=nothing.value, weight=weight, reason=nothing.reason)
    return None


def _nothing_to_judge(rubric: Rubric, rollout: Rollout) -> Outcome | None:
    texts = read_inputs(rubric.inputs, rollout)
    if isinstance(texts, Unscored):
        return texts
    written = [texts[name] for name, source in rubric.inputs.items() if source.of_completion]
    blank = all(is_blank(text) for text in written)
    worst = 0.0 if rubric.rewards else 1.0
    return Score(worst, "nothing to judge: blank text") if blank else None


def _applies(criterion: Criterion, rollout: Rollout) -> bool:
    return criterion.when is None or criterion.when.holds(rollout)
