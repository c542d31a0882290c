"""`gavel check`: is this reward file right, and does its arithmetic make sense?"""

from pathlib import Path
from typing import Annotated

import typer

from reward_server.cli import exits


def check(
    files: Annotated[list[Path], typer.Argument(help="Reward files.")],
    strict: Annotated[bool, typer.Option(help="Treat warnings as errors.")] = False,
) -> None:
    """Validate reward files, print each reward as an equation, and lint its maths.

    Exit code 0 when there is nothing wrong, 2 when there is an error (with --strict also for a warning).
    """
    worst = max(_check(file, strict) for file in files)
    raise typer.Exit(worst)


def _check(file: Path, strict: bool) -> int:
    from reward_server.lint import lint
    from reward_server.loading import load_reward
    from rubrics.document import load

    document = load(file)
    function = load_reward(document)
    _describe(function)
    problems = lint(function, document)
    for problem in problems:
        typer.echo("\n" + problem.render(), err=True)
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    typer.echo(f"\n{file}: {_count(errors, 'error')}, {_count(warnings, 'warning')}")
    return exits.USAGE if errors or (strict and warnings) else exits.OK


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _describe(function: "RewardFunction") -> None:  # type: ignore[name-defined]  # noqa: F821
    from reward_server.equation import describe

    description = describe(function)
    typer.echo(f"{description.name}  {description.version}\n\n  {description.equation}\n")
    for column in description.components:
        typer.echo(f"  {column.name:<12} {column.use:<14} in [{column.low:g}, {column.high:g}]")
    for notice in description.notices:
        typer.echo(f"  note: {notice}")
