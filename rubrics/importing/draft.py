"""A rubric on its way from another format: what of it counts, and what to tell its reader."""

from collections.abc import Sequence

import msgspec

from rubrics.document import VALUE, Document
from rubrics.importing.naming import criterion_ids
from rubrics.importing.yaml_text import shortened
from rubrics.problems import Problem, Step

_SHOWN = 60
"""Characters of a statement that a message shows."""


class Statement(msgspec.Struct, frozen=True):
    """One criterion as its author worded and weighed it."""

    text: str
    weight: float
    path: tuple[Step, ...]
    """Where its weight stands in the source."""
    notes: tuple[str, ...] = ()
    """Lines of comment."""
    section: str | None = None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A rubric that can be written down as `rubric/v1`."""

    id: str
    head: tuple[str, ...]
    """Lines of comment at the top of the file."""
    description: str
    guidelines: tuple[str, ...]
    """Lines of plain text."""
    statements: tuple[Statement, ...]
    """Those that count, in the order of the source."""
    clipped: bool = False
    """Whether the source clips its sum to [0, 1]."""
    remarks: tuple[Problem, ...] = ()
    """What did not come along, or differs."""

    @property
    def pitfalls(self) -> int:
        """How many statements cost where they hold."""
        return sum(statement.weight < 0 for statement in self.statements)

    @property
    def ids(self) -> list[str]:
        """The criteria's ids."""
        return criterion_ids(statement.text for statement in self.statements)


def left_out(statements: Sequence[Statement], document: Document) -> tuple[Problem, ...]:
    """A warning for each statement that weighs nothing."""
    return tuple(_without_weight(statement, document) for statement in statements if statement.weight == 0)


def _without_weight(statement: Statement, document: Document) -> Problem:
    message = f'left out: "{shortened(statement.text, _SHOWN)}" weighs 0, so it has no effect'
    hint = "give it a weight if it should count"
    place = (*statement.path, VALUE)
    return Problem(message=message, document=document, path=place, hint=hint, severity="warning")


def counting(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """The statements that weigh something."""
    return tuple(statement for statement in statements if statement.weight != 0)
