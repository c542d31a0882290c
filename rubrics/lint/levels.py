"""Levels of a scale that a judge cannot tell apart."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise

from rubrics.document import VALUE, Document
from rubrics.lint.statement import Statement, statements, warning
from rubrics.problems import Problem, Step
from rubrics.rubric import Rubric

OVERLAPPING = "overlapping-levels"
UNORDERED = "unordered-levels"
NUMBERED = "numbered-levels"

_SYNONYMS = (
    {"good", "fine", "decent", "acceptable", "adequate", "ok", "okay", "satisfactory", "sufficient"},
    {"bad", "poor", "inadequate", "insufficient", "unsatisfactory"},
    {"excellent", "great", "outstanding", "superb", "exceptional"},
    {"none", "nothing", "absent", "missing"},
    {"some", "partial", "partly", "partially"},
    {"all", "complete", "completely", "full", "fully", "entirely"},
    {"medium", "moderate", "average", "middling"},
    {"rude", "impolite", "discourteous"},
    {"polite", "courteous"},
)
_DEGREES = frozenset(
    ("very", "quite", "rather", "fairly", "really", "extremely", "highly", "pretty", "slightly", "somewhat")
)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def overlapping_levels(rubric: Rubric, document: Document) -> Iterator[Problem]:
    """Two levels that mean the same, or differ in nothing but a degree."""
    for statement in statements(rubric):
        for first, second in combinations(_unexplained(statement), 2):
            if _alike(first, second):
                message = f"a judge cannot tell the levels `{first}` and `{second}` apart"
                hint = "leave one out, or name what can be seen at each: `names no clause`, `names one`"
                yield warning(document, _level(statement, document, second), OVERLAPPING, message, hint)


def _unexplained(statement: Statement) -> list[str]:
    """The levels that say no more than their names."""
    levels = statement.criterion.levels or {}
    return [name for name, level in levels.items() if level.means is None]


def _alike(first: str, second: str) -> bool:
    one, other = _words(first), _words(second)
    if [word for word in one if word not in _DEGREES] == [word for word in other if word not in _DEGREES]:
        return True
    return len(one) == len(other) == 1 and any({*one, *other} <= synonyms for synonyms in _SYNONYMS)


def _words(level: str) -> list[str]:
    return re.findall(r"[^\W_]+", level.casefold())


def unordered_levels(rubric: Rubric, document: Document) -> Iterator[Problem]:
    """Values that neither rise nor fall along the levels, in whose order the judge reads them."""
    for statement in statements(rubric):
        level = _turn(statement.criterion.scale or {})
        if level is not None:
            message = f"the values turn round at `{level}`, and the judge reads the levels in this order"
            hint = "write the levels from worst to best"
            yield warning(document, _level(statement, document, level), UNORDERED, message, hint)


def _turn(scale: Mapping[str, float]) -> str | None:
    """The first level whose value goes the other way than the values before it."""
    steps = [(name, value - before) for (_, before), (name, value) in pairwise(scale.items())]
    moves = [(name, change > 0) for name, change in steps if change]
    return next((name for name, rises in moves if rises != moves[0][1]), None)


def numbered_levels(rubric: Rubric, document: Document) -> Iterator[Problem]:
    """Levels that are bare numbers, of which the question says nothing."""
    for statement in statements(rubric):
        levels = _unexplained(statement)
        if levels and all(map(_NUMBER.fullmatch, levels)) and not _explained(levels, statement.text):
            message = "the levels are numbers without a meaning, which each judge reads in its own way"
            hint = "say what can be seen on each: `scale: [{1: names no clause}, {2: names one}]`"
            yield warning(document, ("criteria", statement.index, "scale"), NUMBERED, message, hint)


def _explained(levels: Sequence[str], text: str) -> bool:
    return sum(re.search(rf"(?<!\d){re.escape(level)}(?!\d)", text) is not None for level in levels) > 1


def _level(statement: Statement, document: Document, level: str) -> tuple[Step, ...]:
    """Where a level stands: a key of the scale, or a member of its list."""
    path: tuple[Step, ...] = ("criteria", statement.index, "scale")
    if document.has((*path, level)):
        return (*path, level)
    return (*path, [*(statement.criterion.scale or ())].index(level), VALUE)
