"""A rubric applied to a rollout by a judge: code first, judged gates next, then everything else at once."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from judges.prompt import Frame, answers_of, frame
from rubrics.assessment import conclude, pending, read, settle
from rubrics.cause import Cause
from rubrics.criterion import Criterion
from rubrics.inputs import read_inputs
from rubrics.outcome import Outcome, Unscored
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric
from rubrics.verdict import Reading

if TYPE_CHECKING:
    from judges.judge import Judge


async def grade(rubric: Rubric, rollout: Rollout, judge: "Judge | None") -> Outcome:
    """Grade one rollout. Never raises; the outcome holds the verdicts that were reached.

    `judge` may be None for a rubric without `ask` criteria.
    """
    try:
        return await _grade(rubric, rollout, judge)
    except Exception as error:  # noqa: BLE001 - a bug on one rollout must not take its siblings along
        return Unscored(Cause.COMPONENT_ERROR, f"{type(error).__name__} was raised")


async def _grade(rubric: Rubric, rollout: Rollout, judge: "Judge | None") -> Outcome:
    verdicts = settle(rubric, rollout)
    common: Frame | None = None
    while asked := pending(rubric, verdicts):
        assert judge is not None, "a rubric with `ask` criteria needs a judge"
        common = common or _frame(rubric, rollout)
        readings = await _judge_all(asked, common, rollout, judge)
        for criterion, reading in zip(asked, readings, strict=True):
            verdicts[criterion.id] = read(rubric, criterion, rollout, reading)
    return conclude(rubric, verdicts)


def _frame(rubric: Rubric, rollout: Rollout) -> Frame:
    texts = read_inputs(rubric.inputs, rollout)
    assert not isinstance(texts, Unscored), "settle() leaves nothing to ask where an input is missing"
    return frame(rubric, texts)


async def _judge_all(
    asked: Sequence[Criterion], common: Frame, rollout: Rollout, judge: "Judge"
) -> Sequence[Reading | Unscored]:
    return await asyncio.gather(*(_judge_one(criterion, common, rollout, judge) for criterion in asked))


async def _judge_one(
    criterion: Criterion, common: Frame, rollout: Rollout, judge: "Judge"
) -> Reading | Unscored:
    answers = answers_of(criterion)
    found = await judge.ask(common.ask(criterion), tuple(answers), f"{rollout.id}/{criterion.id}")
    return found if isinstance(found, Unscored) else _named(found, answers)


def _named(found: Reading, answers: Mapping[str, str]) -> Reading:
    """A reading over the answers offered, as one over the criterion's choices."""
    return Reading({answers[answer]: chance for answer, chance in found.choices.items()})
