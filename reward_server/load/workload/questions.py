"""What is asked about every rollout of a rubric. Pure.

Everything is asked at once: gates do not close, and no vote is spared.
"""

from typing import Literal

import msgspec
from msgspec.structs import replace

from judges.asking.course import QUOTATION_TOKENS, REASONING_TOKENS, then, words_of
from judges.asking.questions import SHEET_TOKENS, TOKENS_PER_ANSWER
from judges.prompts.framing import Frame, Framing
from judges.prompts.rendering import prompt_of
from judges.prompts.sheets import Sheet, is_on_a_sheet, units
from judges.prompts.wording import QUOTE, menus, offer, offers, unsure_of
from judges.request import MAX_TOKENS, Form, Prompt, Request, Shared
from rubrics.criteria.criterion import Criterion
from rubrics.criteria.label import YES
from rubrics.problems import ConfigError
from rubrics.rubric import Rubric


class Question(msgspec.Struct, frozen=True):
    """One question, as it is put about each rollout."""

    request: Request
    """With its answers and its form; its prompt begins with no rollout's texts."""
    offer: str | None = None
    """Asks for the answer, where the judge is to reason first."""
    unsure: str | None = None
    """The answer with which the judge abstains."""
    quotes: bool = False
    """Whether a yes is asked for a quotation."""

    @property
    def calls(self) -> int:
        """Calls it takes, but for a quotation."""
        return 1 if self.offer is None else 2

    @property
    def begins(self) -> Literal["reasoning", "answer"]:
        """What its first call asks for."""
        return "answer" if self.offer is None else "reasoning"

    def first(self, shared: Shared) -> Request:
        """The first call about one rollout."""
        asked = self.about(shared)
        return asked if self.offer is None else words_of(asked, REASONING_TOKENS)

    def about(self, shared: Shared) -> Request:
        """The question about one rollout, as it is put for an answer."""
        asked = self.request
        return Request(
            Prompt(shared, asked.prompt.question),
            asked.choices,
            asked.id,
            asked.form,
            asked.max_tokens,
            asked.sample,
            (),
            asked.menus,
        )

    def reasoned(self, asked: Request, why: str) -> Request:
        """The call for the answer, after the reasoning."""
        assert self.offer is not None
        return replace(asked, follow_up=then(asked, why, self.offer))

    def quoted(self, asked: Request) -> Request:
        """The call for the quotation, after a yes."""
        return words_of(replace(asked, follow_up=then(asked, YES, QUOTE)), QUOTATION_TOKENS)


def questions(rubric: Rubric, framing: Framing, form: Form) -> list[Question]:
    """All questions about one rollout. Raises ConfigError where a rubric asks nothing."""
    nothing = Frame(Shared("", ""), framing)
    stated = [criterion for criterion in rubric.judged if criterion.ask is not None]
    gates, rest = ([c for c in stated if c.decides is decides] for decides in (True, False))
    found = [
        _question(rubric, nothing, unit, form, sample)
        for unit in (*units(rubric, gates), *units(rubric, rest))
        for sample in range(rubric.samples_of(unit[0]))
    ]
    if not found:
        raise ConfigError("the rubric asks nothing of a judge", hint="a load test needs `ask` criteria")
    return found


def _question(rubric: Rubric, frame: Frame, unit: Sheet, form: Form, sample: int) -> Question:
    prompt, first = prompt_of(rubric, frame, unit), unit[0]
    if is_on_a_sheet(rubric, first):
        return Question(_sheet(prompt, frame.framing.numbered(unit), form, sample))
    request = Request(prompt, offers(first), first.id, form, MAX_TOKENS[form], sample)
    asks = offer(first) if rubric.judge.reason_first else None
    return Question(request, asks, unsure_of(first), first.evidence is not None)


def _sheet(prompt: Prompt, numbered: dict[str, Criterion], form: Form, sample: int) -> Request:
    room = SHEET_TOKENS + TOKENS_PER_ANSWER * len(numbered)
    written: Form = "text" if form == "text" else "json"
    return Request(prompt, (), "sheet", written, room, sample, menus=menus(numbered))
