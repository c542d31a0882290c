"""Rubrics in which there is nothing to gain."""

from collections.abc import Iterator

from rubrics.criteria.criterion import Criterion
from rubrics.document import Document
from rubrics.lint.statement import warning
from rubrics.problems import Problem
from rubrics.rubric import Rubric

CODE = "one-sided"


def one_sided(rubric: Rubric, document: Document) -> Iterator[Problem]:
    """Every criterion is a fault to avoid, so the best a policy can do is to say next to nothing."""
    if all(map(_avoided, rubric.criteria)):
        message = "every criterion is a fault to avoid: a completion that says next to nothing earns the most"
        hint = "add what a completion has to do, with a positive weight"
        yield warning(document, ("criteria",), CODE, message, hint)


def _avoided(criterion: Criterion) -> bool:
    """Whether its best value goes to whoever leaves something out."""
    if criterion.scale is not None or criterion.expect not in {"met", "unmet"}:
        return False
    absence = criterion.check is not None and criterion.check.not_regex is not None
    turns = (criterion.weight < 0) + (criterion.expect == "unmet") + absence
    return turns % 2 == 1
