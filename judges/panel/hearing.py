"""One rollout before its panel: the votes on each statement, asked for in waves and counted."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from msgspec.structs import replace

from judges.asking.course import Course
from judges.panel.panel import Frames, Menu, Panel
from judges.prompts.fence import neutralise
from judges.prompts.sheets import Sheet, is_on_a_sheet, sheets
from judges.prompts.wording import menus
from rubrics.criteria.criterion import Criterion
from rubrics.evidence import Quotable
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric
from rubrics.votes import Count, Vote, count_of

Found = TypeVar("Found")


class Hearing:
    """Has a panel decide statements about one rollout."""

    def __init__(
        self, rubric: Rubric, rollout: Rollout, panel: Panel, texts: Mapping[str, str], frames: Frames
    ) -> None:
        self._rubric = rubric
        self._rollout = rollout
        self._panel = panel
        self._texts = texts
        self._frames = frames

    async def decide(self, asked: Sequence[Criterion]) -> Mapping[str, Vote]:
        """What the panel finds, by criterion: all at once."""
        assert self._panel.judges or not asked, "a rubric with `ask` criteria needs a judge"
        together = sheets(self._rubric, asked) if self._rubric.judge.batch > 1 else []
        if not together:
            return await self._decide_all(asked)
        alone = [criterion for criterion in asked if not is_on_a_sheet(self._rubric, criterion)]
        each = [self._decide_all(alone), *(self._decide_sheet(sheet) for sheet in together)]
        return {name: vote for found in await gathered(each) for name, vote in found.items()}

    async def _decide_all(self, alone: Sequence[Criterion]) -> Mapping[str, Vote]:
        found = await gathered([self._decide_one(criterion) for criterion in alone])
        return {criterion.id: vote for criterion, vote in zip(alone, found, strict=True)}

    # -- one statement -------------------------------------------------------------------------------

    def _decide_one(self, criterion: Criterion) -> Coroutine[None, None, Vote]:
        """What the panel finds on a statement that is asked by itself."""
        if self._panel.menus[criterion.id].votes == 1:
            return self._vote(criterion, 0)
        return self._counted(criterion)

    async def _counted(self, criterion: Criterion) -> Vote:
        count = self._count(criterion)
        given: list[Vote] = []
        while more := count.wave(given):
            numbers = range(len(given), len(given) + more)
            given += await gathered([self._vote(criterion, number) for number in numbers])
        return self._told(count, given)

    async def _vote(self, criterion: Criterion, number: int) -> Vote:
        voter, menu = self._panel.voters[number], self._panel.menus[criterion.id]
        course = menu.course if criterion.evidence is None else self._quoting(menu)
        frame = self._frames[voter.judge.layout]
        prompt = frame.ask(criterion) if course.offer is None else frame.reason(criterion)
        name = self._name(criterion.id, number)
        return menu.named(await voter.judge.ask(prompt, menu.offers, name, voter.sample, course))

    def _quoting(self, menu: Menu) -> Course:
        shown, written = self._quotable.holds, tuple(self._written)
        return replace(menu.course, unsure=menu.unsure, shown=shown, texts=written)

    @cached_property
    def _quotable(self) -> Quotable:
        """What the policy wrote, as the judge is shown it."""
        return Quotable([neutralise(text) for text in self._written.values()])

    @cached_property
    def _written(self) -> Mapping[str, str]:
        """What the policy wrote, by input."""
        inputs = self._rubric.inputs
        return {name: text for name, text in self._texts.items() if inputs[name].of_completion}

    # -- several statements --------------------------------------------------------------------------

    async def _decide_sheet(self, sheet: Sheet) -> Mapping[str, Vote]:
        """What the panel finds on each. A wave lasts as long as one of them is open."""
        counts = [self._count(criterion) for criterion in sheet]
        given: list[tuple[Vote, ...]] = []
        columns: list[list[Vote]] = [[] for _ in sheet]
        while more := max(count.wave(column) for count, column in zip(counts, columns, strict=True)):
            numbers = range(len(given), len(given) + more)
            given += await gathered([self._sheet_vote(sheet, number) for number in numbers])
            columns = [list(column) for column in zip(*given, strict=True)]
        told = map(self._told, counts, columns)
        return {criterion.id: vote for criterion, vote in zip(sheet, told, strict=True)}

    async def _sheet_vote(self, sheet: Sheet, number: int) -> tuple[Vote, ...]:
        voter = self._panel.voters[number]
        frame = self._frames[voter.judge.layout]
        numbered = frame.framing.numbered(sheet)
        name = self._name("+".join(criterion.id for criterion in sheet), number)
        found = await voter.judge.ask_together(frame.together(numbered), menus(numbered), name, voter.sample)
        each = zip((self._panel.menus[criterion.id] for criterion in sheet), found, strict=True)
        return tuple(menu.named(answer) for menu, answer in each)

    def _told(self, count: Count, given: Sequence[Vote]) -> Vote:
        """What the votes come to; their judges are told how far off each was."""
        result = count.result(given)
        for number, distance in enumerate(count.distances(given, result)):
            if distance is not None:
                self._panel.voters[number].judge.voted(distance)
        return result

    def _count(self, criterion: Criterion) -> Count:
        return count_of(self._rubric, criterion, self._rollout, len(self._panel.judges))

    def _name(self, asked: str, number: int) -> str:
        return f"{self._rollout.id}/{asked}" if number == 0 else f"{self._rollout.id}/{asked}#{number}"


async def gathered(each: Sequence[Coroutine[None, None, Found]]) -> Sequence[Found]:
    """What they bring, all at once; one alone costs no task."""
    return [await each[0]] if len(each) == 1 else await asyncio.gather(*each)
