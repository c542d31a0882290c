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

from rubrics.conclusion import Verdicts, decided, summed
from rubrics.criteria.criterion import Criterion
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rubric import Rubric


def pending(rubric: Rubric, verdicts: Verdicts) -> list[Criterion]:
    """The statements to judge now: gates before all others, none once the outcome is decided."""
    left = _left(rubric, verdicts)
    if not left or decided(rubric, verdicts) is not None:
        return []
    return [criterion for criterion in left if criterion.decides] or left


def conclude(rubric: Rubric, verdicts: Verdicts) -> Outcome:
    """The rubric's value with a short reason and the verdicts in file order, or why there is none.

    Raises ValueError while `pending` still names criteria: what could not be judged needs a verdict too.
    """
    known = decided(rubric, verdicts)
    if known is None and (left := pending(rubric, verdicts)):
        raise ValueError(f"not judged yet: {', '.join(criterion.id for criterion in left)}")
    reached = tuple(verdicts[c.id] for c in (*rubric.criteria, *rubric.overall) if c.id in verdicts)
    if isinstance(known, Unscored):
        return Unscored(known.cause, known.detail, reached)
    if known is not None:
        return Score(known.value, known.reason, reached)
    return summed(rubric, reached)


def _left(rubric: Rubric, verdicts: Verdicts) -> list[Criterion]:
    return [criterion for criterion in rubric.judged if criterion.id not in verdicts]
