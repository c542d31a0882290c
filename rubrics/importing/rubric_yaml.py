"""A draft as a `rubric/v1` file."""

from collections.abc import Iterator

from rubrics.importing.draft import Draft, Statement
from rubrics.importing.yaml_text import comment, number, scalar

_CLIP = (
    "The source clips here. Without this line pitfalls still tell rollouts apart that are below 0; clipped",
    "ones are equal, and equal ones teach nothing.",
)


def to_yaml(draft: Draft) -> str:
    """The file, with comments. It loads as a rubric."""
    return "\n".join(_lines(draft)) + "\n"


def _lines(draft: Draft) -> Iterator[str]:
    yield from map(comment, draft.head)
    yield "schema: rubric/v1"
    yield f"id: {scalar(draft.id)}"
    yield 'version: "1.0.0"'
    yield f"description: {scalar(draft.description)}"
    yield ""
    yield "guidelines: |"
    yield from (f"  {line}" for line in draft.guidelines)
    yield ""
    yield from _aggregate(draft)
    yield "criteria:"
    section = None
    for name, statement in zip(draft.ids, draft.statements, strict=True):
        if statement.section is not None and statement.section != section:
            yield f"  {comment(statement.section)}"
        section = statement.section
        yield from _criterion(name, statement)


def _aggregate(draft: Draft) -> Iterator[str]:
    """The clipping, where a sum can leave the range at all."""
    if draft.clipped and 0 < draft.pitfalls < len(draft.statements):
        yield from map(comment, _CLIP)
        yield "aggregate: {range: [0, 1]}"
        yield ""


def _criterion(name: str, statement: Statement) -> Iterator[str]:
    yield f"  - id: {scalar(name)}"
    for note in statement.notes:
        yield f"    {comment(note)}"
    yield f"    ask: {scalar(statement.text)}"
    yield f"    weight: {number(statement.weight)}"
