"""Two statements in one: a judge that finds one of them true has no right answer."""

import re
from collections.abc import Iterator

from rubrics.document import Document
from rubrics.lint.english import (
    DETERMINER,
    QUALITIES,
    VERBS,
    VERBS_OR_NOUNS,
    adverb,
    any_of,
    in_main_clause,
    infinitive,
)
from rubrics.lint.statement import Span, Statement, quoted, statements
from rubrics.problems import Problem
from rubrics.rubric import Rubric

CODE = "double-barrelled"

_HEDGE = r"(?:(?:also|then|\w+ly)\s+)?"
_VERB = rf"(?:{any_of(VERBS)}\b(?!\s+so\b)|{any_of(VERBS_OR_NOUNS)}(?=\s+{DETERMINER}\b))"
_DEED = any_of(infinitive(verb) for verb in (*VERBS, *VERBS_OR_NOUNS) if verb not in {"is", "has", "does"})
_ADVERBS = any_of(map(adverb, QUALITIES))

_SECOND_VERB = re.compile(rf"\b(?:and|but)\s+{_HEDGE}{_VERB}")
_ALTERNATIVE = re.compile(rf"\bor\s+{_HEDGE}{_VERB}")
_SECOND_DEED = re.compile(rf"\band\s+{_HEDGE}{_DEED}\b(?=\s+{DETERMINER}\b)")
_ORDERED = re.compile(r"\b(?:does|should|must)\b", re.IGNORECASE)
_SECOND_CLAUSE = re.compile(rf"\b(?:and|but)\s+(?:it|(?:the|its)\s+\w+)\s+{_HEDGE}(?:{any_of(VERBS)})\b")
_QUALITY = any_of(QUALITIES)
_QUALITY_PAIR = re.compile(rf"\b{_QUALITY}(?:,\s+{_QUALITY})*,?\s+and\s+{_QUALITY}\b")
_ADVERB_PAIR = re.compile(rf"\b{_ADVERBS}\s+and\s+{_ADVERBS}\b")
_AND_OR = re.compile(r"\band/or\b", re.IGNORECASE)
_BOTH = re.compile(r"\bboth\b[^.;,]*\band\b\s+\w+", re.IGNORECASE)
_SEMICOLON = re.compile(r";\s+\w+")

_ANY_VERB = re.compile(rf"\b{any_of((*VERBS, *VERBS_OR_NOUNS))}\b")
_RELATION = re.compile(
    r"\b(?:compar|contrast|distinguish|between|relat|consisten|contradict|agree|match|connect|differ|same\b|"
    r"weigh|balanc)",
    re.IGNORECASE,
)
_QUANTIFIED = re.compile(r"\s*(?:every|everything|each|all|any|anything|no|nothing|none)\b", re.IGNORECASE)


def double_barrelled(rubric: Rubric, document: Document) -> Iterator[Problem]:
    """Statements with two verbs, two clauses or two qualities: each can be true without the other."""
    for statement in statements(rubric):
        span = _joint(statement)
        if span is not None:
            yield _problem(statement, document, span)


def _problem(statement: Statement, document: Document, span: Span) -> Problem:
    message = (
        f"two statements in one: with {quoted(statement.text, span)} one half can hold without the other"
    )
    hint = "make each half a criterion of its own, with its own weight"
    return statement.problem(document, span, CODE, message, hint)


def _joint(statement: Statement) -> Span | None:
    """The words that join two statements."""
    text = statement.own_words
    found = (find(text) for find in (_either, _both, _pair, _second_verb, _second_clause, _semicolon))
    span = next((span for span in found if span is not None), None)
    if span is None and statement.rewarded and statement.criterion.anchors is None:
        return _alternative(text)
    return span


def _either(text: str) -> Span | None:
    found = _AND_OR.search(text)
    return None if found is None else found.span()


def _both(text: str) -> Span | None:
    found = _BOTH.search(text)
    if found is None or _RELATION.search(text) or not in_main_clause(text[: found.start()]):
        return None
    return found.span()


def _pair(text: str) -> Span | None:
    found = _QUALITY_PAIR.search(text) or _ADVERB_PAIR.search(text)
    asked_how = re.match(r"\s*how\b", text, re.IGNORECASE)
    if found is None or not (asked_how or in_main_clause(text[: found.start()])):
        return None
    return found.span()


def _second_verb(text: str) -> Span | None:
    """`and explains`, where no subordinate clause began."""
    if _QUANTIFIED.match(text):
        return None
    for found in (*_SECOND_VERB.finditer(text), *_second_deeds(text)):
        if in_main_clause(text[: found.start()]):
            return found.span()
    return None


def _alternative(text: str) -> Span | None:
    """`or explains`, but not `quotes or names it`, which is one thing. For a fault either half is enough."""
    found = _ALTERNATIVE.search(text)
    if found is None or _QUANTIFIED.match(text) or _ends_with_verb(text[: found.start()]):
        return None
    return found.span() if in_main_clause(text[: found.start()]) else None


def _second_deeds(text: str) -> Iterator[re.Match[str]]:
    """`and explain the`, after `does`, `should` or `must`."""
    ordered = _ORDERED.search(text)
    if ordered is not None:
        yield from _SECOND_DEED.finditer(text, ordered.end())


def _ends_with_verb(before: str) -> bool:
    last = before.split()[-1:]
    return last == [] or last[0].endswith("s")


def _second_clause(text: str) -> Span | None:
    found = _SECOND_CLAUSE.search(text)
    if found is None or not in_main_clause(text[: found.start()]):
        return None
    return found.span() if _ANY_VERB.search(text, 0, found.start()) else None


def _semicolon(text: str) -> Span | None:
    found = _SEMICOLON.search(text)
    if found is None or not _ANY_VERB.search(text, 0, found.start()):
        return None
    return found.span() if _ANY_VERB.search(text, found.start()) else None
