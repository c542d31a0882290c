"""A rubric applied to a rollout by a judge: code first, judged gates next, then everything else at once."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from judges import caller as callers
from judges import clock
from judges.prompt import Frame, Framing, answers_of
from rubrics.assessment import conclude, pending, read, settle
from rubrics.cause import Cause
from rubrics.criterion import Criterion
from rubrics.inputs import read_inputs
from rubrics.outcome import Outcome, Unscored
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric
from rubrics.verdict import Reading, Verdict

if TYPE_CHECKING:
    from judges.judge import Judge


async def grade(rubric: Rubric, rollout: Rollout, judge: "Judge | None") -> Outcome:
    """Grade one rollout. Never raises; the outcome holds the verdicts that were reached.

    `judge` may be None for a rubric without `ask` criteria.
    """
    return (await grade_group(rubric, [rollout], judge))[0]


async def grade_group(rubric: Rubric, group: Iterable[Rollout], judge: "Judge | None") -> Sequence[Outcome]:
    """Grade the rollouts of a group, all at once: one outcome each, as `grade` has it."""
    grading = _Grading(rubric, judge)
    return await asyncio.gather(*map(grading.grade, group))


class _Grading:
    def __init__(self, rubric: Rubric, judge: "Judge | None") -> None:
        self._rubric = rubric
        self._judge = judge
        self._framing = Framing(rubric, "criterion_last" if judge is None else judge.layout)

    async def grade(self, rollout: Rollout) -> Outcome:
        try:
            return await self._grade(rollout)
        except Exception as error:  # noqa: BLE001 - a bug on one rollout must not take its siblings along
            return Unscored(Cause.COMPONENT_ERROR, f"{type(error).__name__} was raised")

    async def _grade(self, rollout: Rollout) -> Outcome:
        verdicts = settle(self._rubric, rollout)
        if pending(self._rubric, verdicts):
            assert self._judge is not None, "a rubric with `ask` criteria needs a judge"
            async with self._judge.taking_up():
                await self._ask(rollout, verdicts)
        return conclude(self._rubric, verdicts)

    async def _ask(self, rollout: Rollout, verdicts: dict[str, Verdict]) -> None:
        """Have the judge decide what is pending, gates first."""
        frame = self._frame(rollout)
        while asked := pending(self._rubric, verdicts):
            readings = await self._judge_all(asked, frame, rollout)
            for criterion, reading in zip(asked, readings, strict=True):
                verdicts[criterion.id] = read(self._rubric, criterion, rollout, reading)

    def _frame(self, rollout: Rollout) -> Frame:
        started = clock.now()
        texts = read_inputs(self._rubric.inputs, rollout)
        assert not isinstance(texts, Unscored), "settle() leaves nothing to ask where an input is missing"
        frame = self._framing.frame(texts)
        caller = callers.current()
        if caller is not None:
            caller.tally.render_s += clock.now() - started
        return frame

    async def _judge_all(
        self, asked: Sequence[Criterion], frame: Frame, rollout: Rollout
    ) -> Sequence[Reading | Unscored]:
        if len(asked) == 1:
            return [await self._judge_one(asked[0], frame, rollout)]
        return await asyncio.gather(*(self._judge_one(criterion, frame, rollout) for criterion in asked))

    async def _judge_one(self, criterion: Criterion, frame: Frame, rollout: Rollout) -> Reading | Unscored:
        assert self._judge is not None
        answers = answers_of(criterion)
        found = await self._judge.ask(frame.ask(criterion), tuple(answers), f"{rollout.id}/{criterion.id}")
        return found if isinstance(found, Unscored) else _named(found, answers)


def _named(found: Reading, answers: Mapping[str, str]) -> Reading:
    """A reading over the answers offered, as one over the criterion's choices."""
    return Reading({answers[answer]: chance for answer, chance in found.choices.items()}, found.reason)
