"""Words that mean something else to each judge, and words that pay for length."""

import re
from collections.abc import Iterator

from rubrics.document import Document
from rubrics.lint.counting import bound_from_below
from rubrics.lint.statement import Span, Statement, quoted, statements
from rubrics.problems import Problem
from rubrics.rubric import Rubric

VAGUE = "vague"
LENGTH = "rewards-length"

_VAGUE = re.compile(
    r"\b(?:good(?!\s+(?:faith|standing|morning|evening|day|night|friday)\b)|bad(?!\s+faith\b)|"
    r"great(?!\s+(?:number|deal|extent|many|britain|detail|length)\b)|excellent|decent|"
    r"high[- ]quality|(?:good|poor|low)[- ]quality|(?:in)?appropriate(?:ly)?|(?:in)?adequate(?:ly)?|"
    r"proper(?:ly)?(?!\s+(?:nouns?|names?)\b)|suitabl[ey]|satisfactor(?:y|ily)|acceptabl[ey]|poorly|"
    r"reasonabl[ey]|(?:in)?sufficient(?:ly)?(?!\s+to\b)|helpful(?:ly)?|optimal(?:ly)?|as\s+needed|and\s+so\s+on|"
    r"well[- ](?:written|structured|organi[sz]ed|reasoned|explained|argued|supported)|"
    r"well(?=\s*[.?]?\s*$))\b",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"\b(?:says|states|concludes|finds|claims|asserts|argues|calls|judges|considers|asks|denies|whether|that)\b",
    re.IGNORECASE,
)

_LONG = re.compile(
    r"\b(?:(?<!no )(?<!not )longer|at\s+(?:great\s+)?length|long\s+enough|sufficiently\s+long|"
    r"as\s+(?:long|much)\s+as\s+possible|lengthy)\b",
    re.IGNORECASE,
)
_FULL = re.compile(
    r"\b(?:detailed|in\s+(?:great\s+)?detail|thorough(?:ly)?|comprehensive(?:ly)?|in[- ]depth|"
    r"extensive(?:ly)?|exhaustive(?:ly)?)\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:not|no|never|without|cannot|avoids|instead of|rather than)\b|n't\b", re.IGNORECASE
)


def vague(rubric: Rubric, document: Document) -> Iterator[Problem]:
    """Praise without a measure, in a statement that has no anchors to say what is meant."""
    for statement in statements(rubric):
        explained = statement.criterion.anchors or statement.criterion.scale
        found = None if explained else _VAGUE.search(statement.own_words)
        if found is not None and not _REPORTED.search(statement.own_words, 0, found.start()):
            yield _vague(statement, document, found.span())


def _vague(statement: Statement, document: Document, span: Span) -> Problem:
    message = f"{quoted(statement.text, span)} means something else to each reader"
    hint = "say what can be seen in the text, or show it with `anchors: {met: ..., unmet: ...}`"
    return statement.problem(document, span, VAGUE, message, hint)


def rewards_length(rubric: Rubric, document: Document) -> Iterator[Problem]:
    """Statements that a longer text meets more easily, where meeting them pays."""
    for statement in statements(rubric):
        span = _length(statement) if statement.rewarded else None
        if span is not None and not _NEGATED.search(statement.own_words, 0, span[0]):
            yield _paid(statement, document, span)


def _length(statement: Statement) -> Span | None:
    """What asks for length. Anchors can say what `detailed` means; nothing mends `longer`."""
    text = statement.own_words
    found = _LONG.search(text) or bound_from_below(text)
    if found is None and statement.criterion.anchors is None:
        found = _FULL.search(text)
    return None if found is None else found.span()


def _paid(statement: Statement, document: Document, span: Span) -> Problem:
    message = f"{quoted(statement.text, span)} pays for length, and a policy learns to write more"
    hint = "ask for the thing that has to be there; hold the length by `check: {words: {at_least, at_most}}`"
    return statement.problem(document, span, LENGTH, message, hint)
