"""`gavel check`: whether a reward file is right, and whether its arithmetic makes sense."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reward_server.cli import exits

if TYPE_CHECKING:
    from reward_server.reward.reward_function import RewardFunction
    from rubrics.problems import Problem


def check(
    files: Annotated[list[Path], typer.Argument(help="Reward files.")],
    strict: Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")] = False,
) -> None:
    """Validate reward files and lint their maths.

    Prints each reward as an equation and explains every mistake with its place.
    Exit code 0 when there is nothing wrong, 2 when there is an error (with --strict also for a warning).
    """
    raise typer.Exit(max([_check(file, strict) for file in files]))


def _check(file: Path, strict: bool) -> int:
    from rubrics.problems import ConfigError

    try:
        problems: Sequence[Problem] = _findings(file)
    except ConfigError as error:
        problems = error.problems
    for problem in problems:
        typer.echo(problem.render() + "\n", err=True)
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    typer.echo(f"{file}: {_count(errors, 'error')}, {_count(warnings, 'warning')}")
    return exits.USAGE if errors or (strict and warnings) else exits.OK


def _findings(file: Path) -> "list[Problem]":
    from reward_server.check.lint import lint
    from reward_server.reward.loading import load_reward
    from rubrics.document import load

    document = load(file)
    function = load_reward(document)
    _describe(function)
    return lint(function, document)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _describe(function: "RewardFunction") -> None:
    from reward_server.check.equation import describe

    description = describe(function)
    names = max(len(column.name) for column in description.components)
    uses = max(len(column.use) for column in description.components)
    typer.echo(f"{description.name}  {description.version}\n\n  {description.equation}\n")
    for column in description.components:
        typer.echo(f"  {column.name:<{names}}  {column.use:<{uses}}  in [{column.low:g}, {column.high:g}]")
    for notice in description.notices:
        typer.echo(f"  note: {notice}")
    typer.echo()
