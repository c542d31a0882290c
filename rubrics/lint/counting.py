"""Counting, which code does exactly and a judge does not."""

import re
from collections.abc import Iterator

from rubrics.document import Document
from rubrics.lint.statement import Statement, quoted, statements
from rubrics.problems import Problem
from rubrics.rubric import Rubric

CODE = "counting"

_MANY = (
    r"(?:\d[\d,]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|"
    r"hundred|a\s+hundred)"
)
_LENGTHS = r"(?:words?|sentences?|paragraphs?|characters?|lines?|syllables?|tokens?|pages?)"
_ITEMS = (
    r"(?:items?|examples?|steps?|bullets?|bullet\s+points?|points?|reasons?|sources?|citations?|quotes?|quotations?|"
    r"headings?|arguments?|questions?|links?)"
)
_LEAST = r"(?:at\s+least|more\s+than|a\s+minimum\s+of|no\s+fewer\s+than|no\s+less\s+than|over)"
_MOST = r"(?:at\s+most|fewer\s+than|less\s+than|no\s+more\s+than|a\s+maximum\s+of|up\s+to|under|exactly)"
_BETWEEN = rf"between\s+{_MANY}\s+and"
_NOT_ONE = r"(?!1\b)"

_BELOW = re.compile(rf"\b{_LEAST}\s+{_NOT_ONE}{_MANY}\s+{_LENGTHS}\b", re.IGNORECASE)
_COUNTED = re.compile(
    rf"\b(?:(?:{_LEAST}|{_MOST}|{_BETWEEN})\s+{_NOT_ONE}{_MANY}\s+(?:\w+\s+)?(?:{_LENGTHS}|{_ITEMS})|"
    rf"{_NOT_ONE}{_MANY}\s+or\s+(?:more|fewer|less)\s+(?:{_LENGTHS}|{_ITEMS})|"
    rf"(?:has|contains|uses|is|in)\s+{_NOT_ONE}{_MANY}\s+{_LENGTHS}(?:\s+long)?|"
    rf"number\s+of\s+(?:{_LENGTHS}|{_ITEMS})\s+(?:is|in|of\s+the\s+(?:reply|response|answer|completion|text))|"
    r"word\s+count)\b",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"\b(?:says|states|concludes|finds|claims|asserts|argues|explains|reports|counts|whether|that|why)\b",
    re.IGNORECASE,
)


def bound_from_below(text: str) -> re.Match[str] | None:
    """`at least 200 words`: counting that pays for length as well."""
    return _BELOW.search(text)


def counting(rubric: Rubric, document: Document) -> Iterator[Problem]:
    """Numbers of words, sentences or items that the judge has to count, from two upwards."""
    for statement in statements(rubric):
        text = statement.own_words
        found = _COUNTED.search(text)
        if found is None or _REPORTED.search(text, 0, found.start()):
            continue
        if not (statement.rewarded and bound_from_below(text)):
            yield _problem(statement, document, found)


def _problem(statement: Statement, document: Document, found: re.Match[str]) -> Problem:
    message = f"{quoted(statement.text, found.span())} has the judge count, which language models do badly"
    hint = "count by code: `check: {words: {at_least, at_most}}`, a `regex`, or a `python` function"
    return statement.problem(document, found.span(), CODE, message, hint)
