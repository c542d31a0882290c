"""`gavel rubric lint`: mistakes in rubrics that load."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reward_server.cli import exits

if TYPE_CHECKING:
    from rubrics.problems import Problem


def lint(
    files: Annotated[list[Path], typer.Argument(help="Rubric files.")],
    strict: Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")] = False,
    against: Annotated[
        Path | None, typer.Option(help="An older state of FILE: has the version gone up with the content?")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Leave this code out; repeatable.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find what is likely to go wrong with rubrics that load: in their words, weights and inputs.

    Exit code 0 when there is nothing wrong, 2 when there is an error (with --strict also for a warning).
    """
    ignored = _known(ignore or [])
    if against is not None and len(files) > 1:
        raise typer.BadParameter("it is compared with one FILE", param_hint="--against")
    found = {file: _findings(file, against, ignored) for file in files}
    _print_json(found) if as_json else _print(found)
    problems = [problem for findings in found.values() for problem in findings]
    wrong = [problem for problem in problems if strict or problem.severity == "error"]
    raise typer.Exit(exits.USAGE if wrong else exits.OK)


def _known(codes: Sequence[str]) -> frozenset[str]:
    from rubrics.lint.linter import CODES
    from rubrics.problems import did_you_mean

    for code in codes:
        if code not in CODES:
            message = f"there is no code `{code}`: {did_you_mean(code, CODES)}"
            raise typer.BadParameter(message, param_hint="--ignore")
    return frozenset(codes)


def _findings(file: Path, against: Path | None, ignored: frozenset[str]) -> "Sequence[Problem]":
    """What is wrong with one file, whatever the others are."""
    from rubrics.lint.linter import lint
    from rubrics.problems import ConfigError
    from rubrics.rubric_file import build_rubric, load_resolved, load_rubric

    try:
        document = load_resolved(file)
        rubric = build_rubric(document)
        old = None if against is None else load_rubric(against)
        return [problem for problem in lint(rubric, document, old) if problem.code not in ignored]
    except ConfigError as error:
        return error.problems


def _print(found: "dict[Path, Sequence[Problem]]") -> None:
    for file, problems in found.items():
        for problem in problems:
            typer.echo(problem.render() + "\n", err=True)
        errors = sum(problem.severity == "error" for problem in problems)
        typer.echo(f"{file}: {_count(errors, 'error')}, {_count(len(problems) - errors, 'warning')}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _print_json(found: "dict[Path, Sequence[Problem]]") -> None:
    rows = [_row(file, problem) for file, problems in found.items() for problem in problems]
    typer.echo(json.dumps(rows, indent=2))


def _row(file: Path, problem: "Problem") -> dict[str, object]:
    """Line and column count from 1, and are 0 where the file could not be read."""
    line, column = problem.position
    return {
        "file": problem.file or str(file),
        "line": line,
        "column": column,
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
    }
