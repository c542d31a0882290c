"""A rubric applied to a rollout that was judged before: the judge's answers come from saved verdicts.

What code decides (checks, labels, weights by label) is decided again, so only the answers must be there.
"""

from collections.abc import Mapping, Sequence

from rubrics.assessment import conclude, pending
from rubrics.criteria.criterion import Criterion
from rubrics.outcome import Outcome
from rubrics.reading import reread
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric
from rubrics.settling import settle
from rubrics.verdict import Verdict


class NotJudged(Exception):
    """No saved verdict answers some of the statements that the rubric has to know about."""

    def __init__(self, criteria: Sequence[str]) -> None:
        self.criteria = criteria
        super().__init__(f"no saved answer on {', '.join(criteria)}")


def replay(rubric: Rubric, rollout: Rollout, saved: Mapping[str, Verdict]) -> Outcome:
    """The outcome that `saved`, verdicts by criterion, have under this rubric.

    A verdict that was unscored then is unscored now. Raises NotJudged where an answer is missing.
    """
    verdicts = settle(rubric, rollout)
    while asked := pending(rubric, verdicts):
        answers = [_answer(rubric, criterion, rollout, saved) for criterion in asked]
        reached = {answer.criterion: answer for answer in answers if answer is not None}
        missing = [criterion.id for criterion in asked if criterion.id not in reached]
        if missing:
            raise NotJudged(missing)
        verdicts |= reached
    return conclude(rubric, verdicts)


def _answer(
    rubric: Rubric, criterion: Criterion, rollout: Rollout, saved: Mapping[str, Verdict]
) -> Verdict | None:
    verdict = saved.get(criterion.id)
    return None if verdict is None else reread(rubric, criterion, rollout, verdict)
