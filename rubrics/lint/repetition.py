"""One thing asked twice counts twice, and costs two calls."""

import re
from collections.abc import Iterator

from rubrics.document import VALUE, Document
from rubrics.lint.statement import Statement, statements, warning
from rubrics.problems import Problem
from rubrics.rubric import Rubric

CODE = "same-question"

_EMPTY = frozenset(
    (
        *("a", "an", "the", "this", "its", "their", "of", "to", "in", "on", "for", "by", "with", "is", "are"),
        *(
            "was",
            "were",
            "do",
            "does",
            "did",
            "has",
            "have",
            "there",
            "also",
            "really",
            "actually",
            "explicitly",
        ),
        *("clearly", "any", "at", "all", "whether", "and", "that"),
    )
)
_NEGATIONS = frozenset({"not", "no", "never", "n't"})
_FEWEST = 3
"""Words that carry meaning; with fewer of them statements look alike by chance."""


def same_question(rubric: Rubric, document: Document) -> Iterator[Problem]:
    """Statements that say the same, or the opposite, in the same words."""
    first: dict[tuple[str, ...], Statement] = {}
    for statement in statements(rubric):
        words = _words(statement.text)
        essence = tuple(map(_stem, (word for word in words if word not in _EMPTY | _NEGATIONS)))
        earlier = first.setdefault(essence, statement)
        if len(essence) >= _FEWEST and earlier is not statement:
            yield _problem(statement, earlier, document)


def _problem(statement: Statement, earlier: Statement, document: Document) -> Problem:
    same = _negated(statement) == _negated(earlier)
    message = f"`{earlier.criterion.id}` asks {'the same' if same else 'the opposite'}, so it counts twice"
    hint = "keep one of them, with the weight that both have together"
    return warning(document, ("criteria", statement.index, "ask", VALUE), CODE, message, hint)


def _negated(statement: Statement) -> bool:
    return sum(word in _NEGATIONS for word in _words(statement.text)) % 2 == 1


def _words(text: str) -> list[str]:
    return re.findall(r"n't\b|[^\W_]+?(?=n't\b)|[^\W_]+", text.casefold().replace("\u2019", "'"))


def _stem(word: str) -> str:
    """The word without the `s` of a plural or of a verb."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
