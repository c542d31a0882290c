"""A rubric applied to a rollout by its judges: code first, judged gates next, then everything else at once.

What a chat model decides goes to the `Panel`, in a `Hearing` for each rollout; what a classification model
decides goes to `classify`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING

from judges import caller as callers
from judges import clock
from judges.panel.hearing import Hearing
from judges.panel.panel import Panel
from rubrics.assessment import conclude, pending
from rubrics.cause import Cause
from rubrics.criteria.classifier import ClassifierCriterion
from rubrics.criteria.criterion import Criterion
from rubrics.inputs import read_inputs
from rubrics.outcome import Outcome, Unscored
from rubrics.reading import read
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric
from rubrics.settling import settle
from rubrics.verdict import Reading, Verdict

if TYPE_CHECKING:
    from judges.judge import Judge

    Judges = Judge | Sequence[Judge] | None
    """A judge, the several of a panel, or none for a rubric without `ask` criteria."""

Classify = Callable[[ClassifierCriterion, Mapping[str, str]], Awaitable[Reading | Unscored]]
"""Has a classification model decide: which one on which inputs, and their texts by name -> P(yes)."""

Known = Callable[[Criterion, Rollout], Verdict | None]
"""A verdict from before, where there is one that still holds."""


async def grade(
    rubric: Rubric, rollout: Rollout, judge: "Judges", classify: Classify | None = None
) -> Outcome:
    """Grade one rollout. Never raises; the outcome holds the verdicts that were reached.

    `judge` may be several, which makes them a panel, or None for a rubric without `ask` criteria; `classify`
    is for a rubric with `classifier` criteria.
    """
    return (await grade_group(rubric, [rollout], judge, classify))[0]


async def grade_group(
    rubric: Rubric,
    group: Iterable[Rollout],
    judge: "Judges",
    classify: Classify | None = None,
    known: Known | None = None,
) -> Sequence[Outcome]:
    """Grade the rollouts of a group, all at once: one outcome each, as `grade` has it.

    What `known` has a verdict on is not asked.
    """
    judges = () if judge is None else judge if isinstance(judge, Sequence) else (judge,)
    return await Grader(rubric, judges, classify).grade_group(group, known)


class Grader:
    """A rubric and its judges, for many groups: what is the same for all of them is worked out once."""

    def __init__(self, rubric: Rubric, judges: "Sequence[Judge]", classify: Classify | None = None) -> None:
        self._rubric = rubric
        self._panel = Panel(rubric, judges)
        self._classify = classify

    async def grade_group(self, group: Iterable[Rollout], known: Known | None = None) -> Sequence[Outcome]:
        """Grade the rollouts of a group, as the function of the same name does."""
        grading = _Grading(self._rubric, self._panel.for_a_group(), self._classify, known)
        return await asyncio.gather(*map(grading.grade, group))


class _Grading:
    def __init__(self, rubric: Rubric, panel: Panel, classify: Classify | None, known: Known | None) -> None:
        self._rubric = rubric
        self._known = known
        self._panel = panel
        self._classify = classify

    async def grade(self, rollout: Rollout) -> Outcome:
        try:
            return await self._grade(rollout)
        except Exception as error:  # noqa: BLE001 - a bug on one rollout must not take its siblings along
            return Unscored(Cause.COMPONENT_ERROR, f"{type(error).__name__} was raised")

    async def _grade(self, rollout: Rollout) -> Outcome:
        verdicts = settle(self._rubric, rollout)
        asked = pending(self._rubric, verdicts)
        if asked:
            async with self._taking_up():
                await self._ask(asked, rollout, verdicts)
        return conclude(self._rubric, verdicts)

    def _taking_up(self) -> AbstractAsyncContextManager[None]:
        """A caller has one line, whatever judges it stands before."""
        judges = self._panel.judges
        return judges[0].taking_up() if judges else nullcontext()

    async def _ask(self, asked: Sequence[Criterion], rollout: Rollout, verdicts: dict[str, Verdict]) -> None:
        """Have models decide what is pending, gates first."""
        texts = read_inputs(self._rubric.inputs, rollout)
        assert not isinstance(texts, Unscored), "settle() leaves nothing to ask where an input is missing"
        hearing = self._hearing(rollout, texts)
        while asked := self._unknown(asked, rollout, verdicts):
            readings = await self._decide(asked, hearing, texts)
            for criterion in asked:
                verdicts[criterion.id] = read(self._rubric, criterion, rollout, readings[criterion.id])
            asked = pending(self._rubric, verdicts)

    def _unknown(
        self, asked: Sequence[Criterion], rollout: Rollout, verdicts: dict[str, Verdict]
    ) -> Sequence[Criterion]:
        """What is pending once the verdicts that are known from before have been added."""
        while self._known is not None and (told := self._told(asked, rollout, self._known)):
            verdicts |= told
            asked = pending(self._rubric, verdicts)
        return asked

    def _told(self, asked: Sequence[Criterion], rollout: Rollout, known: Known) -> dict[str, Verdict]:
        found = ((criterion.id, known(criterion, rollout)) for criterion in asked)
        return {name: verdict for name, verdict in found if verdict is not None}

    def _hearing(self, rollout: Rollout, texts: Mapping[str, str]) -> Hearing:
        started = clock.now()
        hearing = Hearing(self._rubric, rollout, self._panel, texts, self._panel.frames(texts))
        caller = callers.current()
        if caller is not None:
            caller.tally.render_s += clock.now() - started
        return hearing

    async def _decide(
        self, asked: Sequence[Criterion], hearing: Hearing, texts: Mapping[str, str]
    ) -> Mapping[str, Reading | Unscored]:
        """The place where statements go to the judges, and everything else to those who decide it."""
        stated = [criterion for criterion in asked if criterion.ask is not None]
        rest = [criterion for criterion in asked if criterion.ask is None]
        if not rest:
            return await hearing.decide(stated)
        found, readings = await asyncio.gather(
            asyncio.gather(*(self._decide_elsewhere(criterion, texts) for criterion in rest)),
            hearing.decide(stated),
        )
        return {**readings, **{each.id: reading for each, reading in zip(rest, found, strict=True)}}

    async def _decide_elsewhere(self, criterion: Criterion, texts: Mapping[str, str]) -> Reading | Unscored:
        assert criterion.classifier is not None
        assert self._classify is not None, "a rubric with `classifier` criteria needs classifiers"
        return await self._classify(criterion.classifier, texts)
