"""What `gavel rubric test` prints for people."""

from collections.abc import Iterable, Sequence

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from reward_server.cli.rubric.goldens.asking import Asked
from rubrics.goldens.tally import Share, Tally
from rubrics.problems import Problem

VALUE = "(value)"
"""The row of the whole rubric's value."""


def show(asked: Asked, problems: Iterable[Problem], repeat: int) -> None:
    """Print one rubric's table, and below it what is wrong."""
    console = Console(highlight=False, markup=False)
    console.print(_title(asked, repeat), soft_wrap=True)
    if asked.results:
        console.print(_table(asked.tallies))
    for problem in problems:
        typer.echo(problem.render() + "\n")


def _title(asked: Asked, repeat: int) -> str:
    by = ", judged by " + " and ".join(f"`{name}`" for name in asked.judges) if asked.judges else ""
    often = "" if repeat == 1 else f", {repeat} times"
    count = len(asked.suite.cases)
    return f"{asked.suite.file}: {count} case{'' if count == 1 else 's'}{often}{by}"


def _table(tallies: Sequence[Tally]) -> Table:
    names = [tally.criterion or VALUE for tally in tallies]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)  # 80 columns are enough
    table.add_column("criterion", no_wrap=True, min_width=max(map(len, names)))
    for heading in ("met", "unmet", "other", "flaky", "unscored"):
        table.add_column(heading, justify="right")
    for name, tally in zip(names, tallies, strict=True):
        shares = (_share(share) for share in (tally.met, tally.unmet, tally.other))
        table.add_row(name, *shares, _count(tally.flaky), _count(tally.unscored))
    return table


def _share(share: Share) -> str:
    return f"{share.right}/{share.of}" if share.of else "-"


def _count(number: int) -> str:
    return str(number) if number else "-"
