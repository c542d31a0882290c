"""How a rubric is applied to one rollout, short of judging: what code settles, what to ask, and the sum.

Judging is somebody else's work. Whoever does it (the judges floor) runs this loop and nothing more:

    verdicts = settle(rubric, rollout)
    while asked := pending(rubric, verdicts):
        for criterion, reading in zip(asked, await judge_all(asked), strict=True):
            verdicts[criterion.id] = read(rubric, criterion, rollout, reading)
    outcome = conclude(rubric, verdicts)

`pending` hands out judged gates first and everything else only once they are open, so the loop runs once
or twice. Of a holistic rubric it then hands out `rubric.holistic` alone. A judge gives each criterion a
`Reading` over `criterion.choices`, or an `Unscored` with the cause: JUDGE_TIMEOUT, JUDGE_GARBLED, or DEADLINE
for what it did not get to. The texts it shows come from `rubrics.inputs.read_inputs(rubric.inputs, rollout)`.
Nothing here waits, and nothing depends on the order in which verdicts arrive.
"""

import re

from msgspec.structs import replace

from rubrics.cause import Cause
from rubrics.conclusion import Verdicts, decided, summed
from rubrics.criteria.applicability import words
from rubrics.criteria.criterion import HALF, Criterion
from rubrics.criteria.expectation import worth
from rubrics.inputs import read_inputs
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric
from rubrics.verdict import ABSTAINED, MET, SKIPPED, UNMET, Reading, Verdict


def settle(rubric: Rubric, rollout: Rollout) -> dict[str, Verdict]:
    """Every verdict that needs no judge.

    Checks and labels are evaluated. A statement is settled where its label is missing (skipped) or invalid,
    where an input was not sent (Unscored), and where the completion shows the judge only blank text: that
    earns nothing, whatever was expected, because judges are easily talked into a verdict on nothing. (It is
    worth 0, and in a rubric of pitfalls alone, which pays for avoiding them, it falls into each.)
    """
    found = {c.id: _settled(rubric, c, rollout) for c in rubric.criteria if not c.judged}
    judged = [*rubric.judged]
    nothing = _nothing_to_judge(rubric, rollout) if judged else None
    for criterion in judged:
        verdict = _unasked(rubric, criterion, rollout, nothing)
        if verdict is not None:
            found[criterion.id] = verdict
    return found


def pending(rubric: Rubric, verdicts: Verdicts) -> list[Criterion]:
    """The statements to judge now: gates before all others, none once the outcome is decided."""
    if decided(rubric, verdicts) is not None:
        return []
    left = [criterion for criterion in rubric.judged if criterion.id not in verdicts]
    return [criterion for criterion in left if criterion.decides] or left


def read(rubric: Rubric, criterion: Criterion, rollout: Rollout, reading: Reading | Unscored) -> Verdict:
    """The verdict on a statement out of what the judge said.

    Raises ValueError where the reading is not over the choices that the criterion offers.
    """
    if isinstance(reading, Unscored):
        return _unread(rubric, criterion, rollout, reading)
    if reading.choices.keys() != set(criterion.choices):
        offered, given = ", ".join(criterion.choices), ", ".join(reading.choices)
        raise ValueError(f"{criterion.id} offers {offered}; this reading is over {given}")
    chances = reading.choices
    finding = criterion.expected_value(chances)
    choice = None
    if criterion.scale is not None:
        choice = max(criterion.choices, key=lambda level: chances[level])
    verdict = _valued(rubric, criterion, rollout, finding, choice=choice, reason=reading.reason)
    return verdict if reading.votes is None else _counted(verdict, reading.votes)


def _counted(verdict: Verdict, votes: tuple[float, ...]) -> Verdict:
    return replace(verdict, votes=votes, disagreement=max(votes) - min(votes))


def _unread(rubric: Rubric, criterion: Criterion, rollout: Rollout, why: Unscored) -> Verdict:
    """A statement without a reading: unscored, but for an abstention that the rubric has a rule for."""
    if why.cause is not Cause.JUDGE_ABSTAINED or rubric.aggregate.abstain == "unscored":
        return _unscored(rubric, criterion, rollout, why)
    verdict = Verdict(criterion=criterion.id, choice=ABSTAINED, reason="the judge could not tell")
    if rubric.aggregate.abstain == "skip":
        return verdict
    weight = rubric.weight_of(criterion, rollout)
    return replace(verdict, value=0.0 if weight > 0 else 1.0, weight=weight)


def reread(rubric: Rubric, criterion: Criterion, rollout: Rollout, saved: Verdict) -> Verdict | None:
    """The verdict on a statement out of a saved one, under this rubric's weights, labels and expectations.

    None where the saved one does not answer this question: nobody was asked then, because its label was
    missing or the text was blank, or the answer was one of other levels.
    """
    if saved.choice == ABSTAINED:
        return _unread(rubric, criterion, rollout, Unscored(Cause.JUDGE_ABSTAINED, saved.reason))
    if saved.cause is not None:
        return _unread(rubric, criterion, rollout, Unscored(saved.cause, saved.reason))
    if saved.probability is None or saved.choice not in (criterion.scale or (MET, UNMET)):
        return None
    choice = None if criterion.scale is None else saved.choice
    found = _valued(rubric, criterion, rollout, saved.probability, choice=choice, reason=saved.reason)
    return _counted(found, saved.votes) if isinstance(saved.votes, tuple) else found


def conclude(rubric: Rubric, verdicts: Verdicts) -> Outcome:
    """The rubric's value with a short reason and the verdicts in file order, or why there is none.

    Raises ValueError while `pending` still names criteria: what could not be judged needs a verdict too.
    """
    left = pending(rubric, verdicts)
    if left:
        raise ValueError(f"not judged yet: {', '.join(criterion.id for criterion in left)}")
    reached = tuple(verdicts[c.id] for c in (*rubric.criteria, *rubric.overall) if c.id in verdicts)
    known = decided(rubric, verdicts)
    if isinstance(known, Unscored):
        return Unscored(known.cause, known.detail, reached)
    if known is not None:
        return Score(known.value, known.reason, reached)
    return summed(rubric, reached)


def _settled(rubric: Rubric, criterion: Criterion, rollout: Rollout) -> Verdict:
    if not _applies(criterion, rollout):
        return _inapplicable(criterion)
    outcome = _outcome(criterion, rollout)
    if outcome is None:
        return _skipped(criterion)
    if isinstance(outcome, Unscored):
        return _unscored(rubric, criterion, rollout, outcome)
    return _valued(rubric, criterion, rollout, outcome.value, reason=outcome.reason)


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
        return _inapplicable(criterion)
    expected = criterion.target(rollout)
    if expected is None:
        return _skipped(criterion)
    if isinstance(expected, Unscored):
        return _unscored(rubric, criterion, rollout, expected)
    if isinstance(nothing, Unscored):
        return _unscored(rubric, criterion, rollout, nothing)
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


_SEEN = re.compile(
    "[^\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)


def is_blank(text: str) -> bool:
    """Whether a reader would see nothing: white space and characters of no width."""
    return _SEEN.search(text) is None


def _applies(criterion: Criterion, rollout: Rollout) -> bool:
    return criterion.when is None or criterion.when.holds(rollout)


def _inapplicable(criterion: Criterion) -> Verdict:
    assert criterion.when is not None
    reason = f"applies only where {words(criterion.when)}"
    return Verdict(criterion=criterion.id, choice=SKIPPED, reason=reason)


def _skipped(criterion: Criterion) -> Verdict:
    return Verdict(criterion=criterion.id, choice=SKIPPED, reason=f"no label at {criterion.label_path}")


def _unscored(rubric: Rubric, criterion: Criterion, rollout: Rollout, why: Unscored) -> Verdict:
    weight = rubric.weight_of(criterion, rollout)
    return Verdict(criterion=criterion.id, weight=weight, reason=why.detail, cause=why.cause)


def _valued(
    rubric: Rubric,
    criterion: Criterion,
    rollout: Rollout,
    finding: float,
    *,
    choice: str | None = None,
    reason: str | None = None,
) -> Verdict:
    expected = criterion.target(rollout)
    if expected is None:
        return _skipped(criterion)
    if isinstance(expected, Unscored):
        return _unscored(rubric, criterion, rollout, expected)
    return Verdict(
        criterion=criterion.id,
        value=worth(finding, expected),
        choice=choice or (MET if finding >= HALF else UNMET),
        weight=rubric.weight_of(criterion, rollout),
        reason=reason,
        probability=finding if criterion.judged else None,
    )
