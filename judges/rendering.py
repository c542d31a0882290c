"""What a judge is sent for one rollout, and what is decided without it. Asks nobody.

The words are those of `judges.prompt`; here they are only taken apart by how widely each is shared.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from judges.prompt import Framing, answers_of
from judges.request import Messages
from judges.token_count import CountTokens
from rubrics.assessment import conclude, pending, settle
from rubrics.criterion import Criterion
from rubrics.inputs import read_inputs
from rubrics.outcome import Outcome, Unscored
from rubrics.rollout import Rollout
from rubrics.rubric import PromptLayout, Rubric
from rubrics.verdict import Verdict

Level = Literal["rubric", "dataset", "group", "rollout", "criterion"]
"""How widely a part of a prompt is shared, widest first."""

When = Literal["now", "after_gates", "never"]
"""When a criterion is asked of this rollout: at once; once the judged gates are open; not at all."""


class Piece(msgspec.Struct, frozen=True):
    """A stretch of a message that is shared as a whole."""

    role: str
    level: Level
    text: str


class Question(msgspec.Struct, frozen=True):
    """One criterion's prompt."""

    criterion: str
    asked: When
    answers: Mapping[str, str]
    """The answers on offer, each with the criterion's choice it stands for."""
    pieces: Sequence[Piece]
    """The messages piece by piece."""
    tokens: Mapping[Level, int]
    """Tokens of the messages' texts, without those that a chat template adds."""
    messages: Messages
    """What is sent."""


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
    shown = [
        c
        for c in rubric.criteria
        if c.id in whens and (_asked(whens[c.id]) if only is None else c.id == only)
    ]
    return Rendering(
        rollout=rollout.id,
        layout=layout,
        settled=[verdicts[criterion.id] for criterion in rubric.criteria if criterion.id in verdicts],
        questions=_questions(rubric, rollout, [(c, whens[c.id]) for c in shown], count),
        outcome=None if pending(rubric, verdicts) else conclude(rubric, verdicts),
    )


def when_asked(rubric: Rubric, verdicts: Mapping[str, Verdict]) -> dict[str, When]:
    """When each statement is asked, given the verdicts that need no judge."""
    now = {criterion.id for criterion in pending(rubric, verdicts)}
    whens: dict[str, When] = {}
    for criterion in rubric.criteria:
        if criterion.ask is not None:
            later: When = "after_gates" if now and criterion.id not in verdicts else "never"
            whens[criterion.id] = "now" if criterion.id in now else later
    return whens


def _asked(when: When) -> bool:
    return when != "never"


def _questions(
    rubric: Rubric, rollout: Rollout, shown: Sequence[tuple[Criterion, When]], count: CountTokens
) -> list[Question]:
    texts = read_inputs(rubric.inputs, rollout)
    if isinstance(texts, Unscored):  # there is no prompt without its texts
        return []
    framing = Framing(rubric)
    frame = framing.frame(texts)
    evidence = [Piece("user", part.share, part.text) for part in framing.parts(texts)]
    questions = []
    for criterion, when in shown:
        prompt = frame.ask(criterion)
        system, question = Piece("system", "rubric", prompt.shared.system), prompt.question
        pieces = [system, *evidence, Piece("user", "criterion", question)]
        tokens = _tokens(pieces, count)
        questions.append(Question(criterion.id, when, answers_of(criterion), pieces, tokens, prompt.messages))
    return questions


def _tokens(pieces: Sequence[Piece], count: CountTokens) -> dict[Level, int]:
    """Tokens by level, message by message: no token lies across two messages."""
    found: dict[Level, int] = {"rubric": 0, "dataset": 0, "group": 0, "rollout": 0, "criterion": 0}
    for role in ("system", "user"):
        own = [piece for piece in pieces if piece.role == role]
        for piece, tokens in zip(own, count([piece.text for piece in own]), strict=True):
            found[piece.level] += tokens
    return found
