"""`gavel rubric weights`: what each criterion really weighs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rubrics.document import Document
    from rubrics.problems import Problem
    from rubrics.weights.view import WeightView


def weights(
    rubric: Annotated[Path, typer.Argument(help="Rubric file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what each criterion weighs: as written, by label where a table weighs it, and as a share.

    Nothing is fitted here: tables are made by `gavel weights fit`.
    """
    import msgspec

    from reward_server.cli.rubric.weights_text import text
    from rubrics.rubric_file import build_rubric, load_resolved
    from rubrics.weights.view import view

    document = load_resolved(rubric)
    found = view(build_rubric(document))
    problems = list(_problems(found, document))
    table = _table(document)
    if as_json:
        data = {
            **msgspec.to_builtins(found),
            "table": table,
            "warnings": [_row(problem) for problem in problems],
        }
        typer.echo(json.dumps(data, indent=2))
        return
    typer.echo(text(found, table))
    for problem in problems:
        typer.echo("\n" + problem.render(), err=True)


def _table(document: "Document") -> str | None:
    """The name of the table's file."""
    path = ("weights", "table")
    found = document.value(path) if document.has(path) else None
    return found if isinstance(found, str) else None


def _problems(found: "WeightView", document: "Document") -> "Iterator[Problem]":
    from rubrics.problems import Problem
    from rubrics.weights.warning import warnings

    index = {criterion.criterion: number for number, criterion in enumerate(found.criteria)}
    for warned in warnings(found):
        yield Problem(
            message=f"`{warned.criterion}` {warned.message}",
            document=document,
            path=_place(document, index[warned.criterion]),
            hint=warned.hint,
            severity="warning",
        )


def _place(document: "Document", index: int) -> tuple[str | int, ...]:
    """Where the criterion says its weight, or what stands there in its place."""
    from rubrics.document import VALUE

    paths = [("criteria", index, key) for key in ("weight", "importance", "id")]
    return next(((*path, VALUE) for path in paths if document.has(path)), ("criteria", index))


def _row(problem: "Problem") -> dict[str, object]:
    line, column = problem.position
    return {
        "file": problem.file,
        "line": line,
        "column": column,
        "message": problem.message,
        "hint": problem.hint,
    }
