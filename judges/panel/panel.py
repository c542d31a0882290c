"""The judges of one rubric, and how each is shown a rollout."""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Self

import msgspec

from judges.asking.course import PLAIN, Course
from judges.prompts.framing import Frame, Framing
from judges.prompts.wording import answers_of, offer, offers, unsure_of
from judges.readout.abstention import decided
from rubrics.criteria.criterion import Criterion
from rubrics.outcome import Unscored
from rubrics.rubric import PromptLayout, Rubric
from rubrics.verdict import Reading

if TYPE_CHECKING:
    from judges.judge import Judge

Frames = Mapping[PromptLayout, Frame]


class Voter(msgspec.Struct, frozen=True):
    """Who gives one vote of several: a judge, and which of its samples it is."""

    judge: "Judge"
    sample: int


class Menu(msgspec.Struct, frozen=True):
    """How one statement is asked, worked out once for all rollouts."""

    offers: tuple[str, ...]
    """The answers on offer."""
    unsure: str | None
    """The one that is none."""
    levels: Mapping[str, str] | None
    """Of a scale: the level that each answer stands for."""
    votes: int
    """How many votes there can be."""
    course: Course
    """The calls of one vote, but for what is looked up in the rollout's texts."""

    def named(self, found: Reading | Unscored) -> Reading | Unscored:
        """A reading over the answers offered, as one over the criterion's choices."""
        if self.levels is None and self.unsure is None:
            return found
        decision = found if isinstance(found, Unscored) else decided(found, self.unsure)
        if isinstance(decision, Unscored) or self.levels is None:
            return decision
        chances = {self.levels[letter]: chance for letter, chance in decision.choices.items()}
        return Reading(chances, decision.reason)


class Panel:
    """One judge or several. Votes go round: each judge's first sample, then each one's second, ..."""

    def __init__(self, rubric: Rubric, judges: Sequence["Judge"]) -> None:
        self.judges = judges
        stated = [criterion for criterion in rubric.judged if criterion.ask is not None]
        self.menus = {criterion.id: _menu(rubric, criterion, len(judges)) for criterion in stated}
        samples = max(map(rubric.samples_of, stated), default=0)
        self.voters = [Voter(judge, sample) for sample in range(samples) for judge in judges]
        """Who gives each vote, by its number."""
        layouts: set[PromptLayout] = {judge.layout for judge in judges}
        self._framings = {layout: Framing(rubric, layout) for layout in layouts}

    def for_a_group(self) -> Self:
        """The same panel, which has seen none of this group's texts yet."""
        panel = copy(self)
        framings = {layout: framing.for_a_group() for layout, framing in self._framings.items()}
        panel._framings = framings  # noqa: SLF001 - a copy of self
        return panel

    def frames(self, texts: Mapping[str, str]) -> Frames:
        """What all questions about a rollout have in common, by the layout of those who are asked."""
        return {layout: framing.frame(texts) for layout, framing in self._framings.items()}


def _menu(rubric: Rubric, criterion: Criterion, judges: int) -> Menu:
    levels = None if criterion.levels is None else answers_of(criterion)
    unsure, votes = unsure_of(criterion), judges * rubric.samples_of(criterion)
    course = Course(offer(criterion), unsure) if rubric.judge.reason_first else PLAIN
    return Menu(offers(criterion), unsure, levels, votes, course)
