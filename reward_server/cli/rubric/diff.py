"""`gavel rubric diff`: what differs between two rubrics, and what that does to scores that are saved."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

if TYPE_CHECKING:
    from judges.rubric_diff import RubricDiff
    from rubrics.diff.rescoring import Rescoring


class Layout(StrEnum):
    """Where a judge reads a criterion."""

    CRITERION_LAST = "criterion_last"
    LISTED = "listed"


def diff(
    before: Annotated[Path, typer.Argument(metavar="A", help="Rubric before.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="Rubric after.")],
    results: Annotated[
        list[Path] | None,
        typer.Option(help="Results under A, from `gavel score --detail verdicts`; repeatable."),
    ] = None,
    layout: Annotated[
        Layout, typer.Option(help="The judge's layout, for rubrics that name none.")
    ] = Layout.CRITERION_LAST,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what changed in words, in what reaches the judge, in the arithmetic, and in the version.

    With --results, also how the scores move and whose order within a group changes, without a judge call.
    """
    from judges.rubric_diff import diff as compare
    from reward_server.saved_results import read_results
    from reward_server.scored_under import verdicts_of
    from rubrics.diff.carrying import Carrying
    from rubrics.diff.rescoring import rescore
    from rubrics.rubric_file import load_rubric

    old, new = load_rubric(before), load_rubric(after)
    found, pairing = compare(old, new, layout.value)
    rescoring = None
    if results:
        saved = verdicts_of(old, read_results(results))
        rescoring = rescore(Carrying(old, new, pairing, found.obstacles), saved)
    if as_json:
        _print_json(found, rescoring)
    else:
        _print(found, rescoring, f"{before} -> {after}")


def _print_json(found: "RubricDiff", rescoring: "Rescoring | None") -> None:
    data = {**msgspec.structs.asdict(found), "rescoring": rescoring}
    typer.echo(msgspec.json.format(msgspec.json.encode(data), indent=2).decode())


def _print(found: "RubricDiff", rescoring: "Rescoring | None", title: str) -> None:
    from rich.console import Console

    from reward_server.cli.rubric.diff_lines import lines

    console = Console(highlight=False, markup=False)
    for line in lines(found, rescoring, title):
        console.print(line, soft_wrap=True)
