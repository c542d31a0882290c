"""From what a judge said, now or in a saved verdict, to a verdict under this rubric."""

from msgspec.structs import replace

from rubrics.cause import Cause
from rubrics.criteria.criterion import Criterion
from rubrics.finding import unscored, valued
from rubrics.outcome import Unscored
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric
from rubrics.verdict import ABSTAINED, MET, UNMET, Reading, Verdict


def read(rubric: Rubric, criterion: Criterion, rollout: Rollout, reading: Reading | Unscored) -> Verdict:
    """The verdict on a statement out of what the judge said.

    Raises ValueError where the reading is not over the choices that the criterion offers.
    """
    if isinstance(reading, Unscored):
        return _unread(rubric, criterion, rollout, reading)
    chances, choices = reading.choices, criterion.choices
    if tuple(chances) != choices and chances.keys() != set(choices):
        offered, given = ", ".join(choices), ", ".join(chances)
        raise ValueError(f"{criterion.id} offers {offered}; this reading is over {given}")
    finding = criterion.expected_value(chances)
    choice = None
    if criterion.scale is not None:
        choice = max(choices, key=lambda level: chances[level])
    verdict = valued(rubric, criterion, rollout, finding, choice=choice, reason=reading.reason)
    return verdict if reading.votes is None else _counted(verdict, reading.votes)


def _counted(verdict: Verdict, votes: tuple[float, ...]) -> Verdict:
    return replace(verdict, votes=votes, disagreement=max(votes) - min(votes))


def _unread(rubric: Rubric, criterion: Criterion, rollout: Rollout, why: Unscored) -> Verdict:
    """A statement without a reading: unscored, but for an abstention that the rubric has a rule for."""
    if why.cause is not Cause.JUDGE_ABSTAINED or rubric.aggregate.abstain == "unscored":
        return unscored(rubric, criterion, rollout, why)
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
    found = valued(rubric, criterion, rollout, saved.probability, choice=choice, reason=saved.reason)
    return _counted(found, saved.votes) if isinstance(saved.votes, tuple) else found
