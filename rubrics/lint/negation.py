"""Negations that undo each other: right on paper, and read wrong by authors and judges alike."""

import re
from collections.abc import Iterator

from rubrics.document import VALUE, Document
from rubrics.lint.english import in_main_clause
from rubrics.lint.statement import Statement, quoted, statements, warning
from rubrics.problems import Problem, Step
from rubrics.rubric import Rubric

CODE = "negated-negative"

_NEGATION = re.compile(
    r"\b(?:(?:does|do|did|is|are|has|have|can)\s+not(?!\s+(?:only|just|merely)\b)|"
    r"(?:does|do|did|is|are|has|have)n['\u2019]t|cannot|never)\b|^\s*(?:no|none|nothing|nobody|neither)\b",
    re.IGNORECASE,
)


def negated_negative(rubric: Rubric, document: Document) -> Iterator[Problem]:
    """A negation in the weight or in `expect`, and another one in what it is about."""
    yield from _turned_twice(rubric, document)
    yield from _negated_checks(rubric, document)
    for statement in statements(rubric):
        yield from _negated_statement(statement, document)


def _turned_twice(rubric: Rubric, document: Document) -> Iterator[Problem]:
    for index, criterion in enumerate(rubric.criteria):
        if criterion.weight < 0 and criterion.expect == "unmet":
            message = "a negative weight and `expect: unmet`: it costs where the criterion does NOT hold"
            hint = "say it once: a positive weight if it should hold, a negative one if it should not"
            yield warning(document, ("criteria", index, "expect", VALUE), CODE, message, hint)


def _negated_checks(rubric: Rubric, document: Document) -> Iterator[Problem]:
    for index, criterion in enumerate(rubric.criteria):
        turned = _turned(criterion.weight, criterion.expect)
        if turned is None or criterion.check is None or criterion.check.not_regex is None:
            continue
        path: tuple[Step, ...] = ("criteria", index, "check", "not_regex")
        message = f"`not_regex` and {turned}: together they ask for the pattern to be there"
        yield warning(
            document, path, CODE, message, "say it once: a positive weight with `regex` or `not_regex`"
        )


def _negated_statement(statement: Statement, document: Document) -> Iterator[Problem]:
    turned = _turned(statement.criterion.weight, statement.criterion.expect)
    found = _NEGATION.search(statement.own_words)
    if turned is None or found is None or statement.criterion.scale is not None:
        return
    if in_main_clause(statement.own_words[: found.start()]):
        message = f"{quoted(statement.text, found.span())} and {turned}: a negation of a negation"
        hint = "state what is wanted, with a positive weight; or the fault itself, with a negative one"
        yield statement.problem(document, found.span(), CODE, message, hint)


def _turned(weight: float, expect: object) -> str | None:
    """How the arithmetic turns a criterion round, if it does so once."""
    negative, unmet = weight < 0, expect == "unmet"
    if negative == unmet:
        return None
    return "a negative weight" if negative else "`expect: unmet`"
