"""What a judge is sent for one rollout, and what is decided without it. Asks nobody.

The words are those of `judges.prompts.framing`; here they are only taken apart by how widely each is shared.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import msgspec

from judges.prompts.framing import Frame, Framing
from judges.prompts.sheets import Sheet, is_on_a_sheet, units
from judges.prompts.token_count import CountTokens
from judges.prompts.wording import QUOTE, answers_of, offer, unsure_of
from judges.request import Messages, Prompt
from rubrics.assessment import conclude, pending
from rubrics.criteria.criterion import Criterion
from rubrics.criteria.label import YES
from rubrics.inputs import read_inputs
from rubrics.outcome import Outcome, Unscored
from rubrics.rollout import Rollout
from rubrics.rubric import PromptLayout, Rubric
from rubrics.settling import settle
from rubrics.verdict import ABSTAINED, Verdict

Level = Literal["rubric", "dataset", "group", "rollout", "criterion"]
"""How widely a part of a prompt is shared, widest first."""

When = Literal["now", "after_gates", "never"]
"""When a criterion is asked of this rollout: at once; once the judged gates are open; not at all."""


class Piece(msgspec.Struct, frozen=True):
    """A stretch of a message that is shared as a whole."""

    role: str
    level: Level
    text: str


class FollowUp(msgspec.Struct, frozen=True):
    """A further call in the same conversation."""

    once: str
    """What the judge has done by then."""
    messages: Messages
    """Its own words, of which nobody knows yet, and what it is asked next."""


class Question(msgspec.Struct, frozen=True):
    """One prompt: that of a criterion, or of several that are asked together."""

    criterion: str
    """The criterion; of several, all with `+` between them."""
    asked: When
    answers: Mapping[str, str]
    """The answers on offer, each with the criterion's choice it stands for. Empty for several criteria."""
    pieces: Sequence[Piece]
    """The messages piece by piece."""
    tokens: Mapping[Level, int]
    """Tokens of the messages' texts, without those that a chat template adds."""
    messages: Messages
    """What is sent."""
    then: Sequence[FollowUp] = ()
    """The calls that follow, where a judge reasons first or has to quote."""
    numbers: Mapping[str, str] = {}
    """Of several criteria: each by its number in the prompt."""


class Rendering(msgspec.Struct, frozen=True):
    """One rollout as a rubric's judge meets it."""

    rollout: str
    layout: PromptLayout
    settled: Sequence[Verdict]
    """Verdicts that need no judge."""
    questions: Sequence[Question]
    outcome: Outcome | None
    """What the rubric comes to where no judge is needed; None where one is."""


def render(
    rubric: Rubric,
    rollout: Rollout,
    layout: PromptLayout,
    count: CountTokens,
    only: str | None = None,
) -> Rendering:
    """Write the prompts of one rollout: of all that is asked, or of the criterion `only`, asked or not."""
    if rollout.refused is not None:
        return Rendering(rollout.id, layout, (), (), rollout.refused)
    rubric = rubric.model_copy(update={"layout": layout})
    verdicts = settle(rubric, rollout)
    whens = when_asked(rubric, verdicts)
    return Rendering(
        rollout=rollout.id,
        layout=layout,
        settled=[verdicts[criterion.id] for criterion in rubric.criteria if criterion.id in verdicts],
        questions=_questions(rubric, rollout, _shown(rubric, whens, only), count),
        outcome=None if pending(rubric, verdicts) else conclude(rubric, verdicts),
    )


def when_asked(rubric: Rubric, verdicts: Mapping[str, Verdict]) -> dict[str, When]:
    """When each statement is asked, given the verdicts that need no judge.

    Of a holistic rubric: its gates and its one question.
    """
    now = {criterion.id for criterion in pending(rubric, verdicts)}
    whens: dict[str, When] = {}
    for criterion in rubric.judged:
        if criterion.ask is not None:
            later: When = "after_gates" if now and criterion.id not in verdicts else "never"
            whens[criterion.id] = "now" if criterion.id in now else later
    return whens


def asked_together(rubric: Rubric, whens: Mapping[str, When]) -> list[tuple[Sheet, When]]:
    """The questions about a rollout, each with its statements and when it is asked."""
    found: list[tuple[Sheet, When]] = []
    for when in get_args(When):
        stated = [criterion for criterion in rubric.judged if whens.get(criterion.id) == when]
        found += [(unit, when) for unit in units(rubric, stated)]
    place = {criterion.id: number for number, criterion in enumerate(rubric.judged)}
    return sorted(found, key=lambda pair: place[pair[0][0].id])


def _shown(rubric: Rubric, whens: Mapping[str, When], only: str | None) -> list[tuple[Sheet, When]]:
    found = asked_together(rubric, whens)
    if only is not None:
        return [(unit, when) for unit, when in found if any(criterion.id == only for criterion in unit)]
    return [(unit, when) for unit, when in found if when != "never"]


def _questions(
    rubric: Rubric, rollout: Rollout, shown: Sequence[tuple[Sheet, When]], count: CountTokens
) -> list[Question]:
    texts = read_inputs(rubric.inputs, rollout)
    if isinstance(texts, Unscored):  # there is no prompt without its texts
        return []
    framing = Framing(rubric)
    frame = framing.frame(texts)
    evidence = [Piece("user", part.share, part.text) for part in framing.parts(texts)]
    return [_question(rubric, frame, evidence, pair, count) for pair in shown]


def _question(
    rubric: Rubric, frame: Frame, evidence: Sequence[Piece], pair: tuple[Sheet, When], count: CountTokens
) -> Question:
    unit, when = pair
    prompt = prompt_of(rubric, frame, unit)
    system, question = Piece("system", "rubric", prompt.shared.system), prompt.question
    pieces = [system, *evidence, Piece("user", "criterion", question)]
    together = is_on_a_sheet(rubric, unit[0])
    return Question(
        criterion="+".join(criterion.id for criterion in unit),
        asked=when,
        answers={} if together else _answers(unit[0]),
        pieces=pieces,
        tokens=_tokens(pieces, count),
        messages=prompt.messages,
        then=[] if together else follow_ups(rubric, unit[0]),
        numbers={n: each.id for n, each in frame.framing.numbered(unit).items()} if together else {},
    )


def prompt_of(rubric: Rubric, frame: Frame, unit: Sheet) -> Prompt:
    """What a judge is asked first about a statement, or about several together."""
    if is_on_a_sheet(rubric, unit[0]):
        return frame.together(frame.framing.numbered(unit))
    return frame.reason(unit[0]) if rubric.judge.reason_first else frame.ask(unit[0])


def _answers(criterion: Criterion) -> dict[str, str]:
    unsure = unsure_of(criterion)
    return answers_of(criterion) if unsure is None else {**answers_of(criterion), unsure: ABSTAINED}


def follow_ups(rubric: Rubric, criterion: Criterion) -> list[FollowUp]:
    """The calls that follow the first one on a statement that is asked alone."""
    found = []
    if rubric.judge.reason_first:
        found.append(_follow_up("it has reasoned", "(its reasoning)", offer(criterion)))
    if criterion.evidence is not None:
        found.append(_follow_up("it has answered yes", YES, QUOTE))
    return found


def _follow_up(once: str, said: str, asked: str) -> FollowUp:
    return FollowUp(once, [{"role": "assistant", "content": said}, {"role": "user", "content": asked}])


def _tokens(pieces: Sequence[Piece], count: CountTokens) -> dict[Level, int]:
    """Tokens by level, message by message: no token lies across two messages."""
    found: dict[Level, int] = {"rubric": 0, "dataset": 0, "group": 0, "rollout": 0, "criterion": 0}
    for role in ("system", "user"):
        own = [piece for piece in pieces if piece.role == role]
        for piece, tokens in zip(own, count([piece.text for piece in own]), strict=True):
            found[piece.level] += tokens
    return found
