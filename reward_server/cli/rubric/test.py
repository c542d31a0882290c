"""`gavel rubric test`: whether a judge finds in golden cases what their author knows to be there."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reward_server.cli.options import refuse_same_file

if TYPE_CHECKING:
    from reward_server.cli.rubric.goldens.asking import Asked
    from reward_server.cli.rubric.goldens.suite import Selection


def run(
    files: Annotated[list[Path], typer.Argument(metavar="RUBRICS...", help="Rubric files.")],
    goldens: Annotated[
        Path | None, typer.Option(help="The golden file. Left out: NAME.golden.yaml beside NAME.yaml.")
    ] = None,
    reward: Annotated[
        Path | None,
        typer.Option("--reward", "-r", help="Reward file with the judge and the layout of completions."),
    ] = None,
    judge: Annotated[
        list[str] | None,
        typer.Option(
            help="Ask this judge of the file; several are a panel. Left out: whom it asks about the rubric, "
            "or its first."
        ),
    ] = None,
    repeat: Annotated[
        int, typer.Option(min=1, help="Ask so often; more than once, the verdict cache is not used.")
    ] = 1,
    case: Annotated[list[str] | None, typer.Option(help="Test this case; repeatable.")] = None,
    criterion: Annotated[list[str] | None, typer.Option(help="Test this criterion; repeatable.")] = None,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Warn where goldens are missing instead of failing.")
    ] = False,
    allow_flaky: Annotated[
        bool, typer.Option("--allow-flaky", help="Warn where runs differ, as long as most of them are right.")
    ] = False,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML to this file, too.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Put a rubric's golden cases to a judge, and compare what it finds with what they expect.

    Exit code 3 when an expectation fails or a golden is missing, 1 when nothing failed but some could not be
    judged.
    """
    from reward_server.cli.rubric.goldens.data import as_json as data
    from reward_server.cli.rubric.goldens.finding_text import advice, problems
    from reward_server.cli.rubric.goldens.junit import junit as as_junit
    from reward_server.cli.rubric.goldens.standing import Standing
    from reward_server.cli.rubric.goldens.suite import Selection
    from reward_server.cli.rubric.goldens.table import show

    if goldens is not None and len(files) > 1:
        raise typer.BadParameter("it belongs to one rubric", param_hint="--goldens")
    _refuse_overwriting(junit, files, goldens, reward)
    selection = Selection(case or (), criterion or ())
    found = _found(files, goldens, reward, judge or (), selection, repeat, allow_missing=allow_missing)
    if junit is not None:
        junit.write_bytes(as_junit(found, allow_flaky=allow_flaky, allow_missing=allow_missing))
    standing = Standing.of(found)
    if as_json:
        typer.echo(data(found, repeat, standing))
    else:
        for asked in found:
            show(asked, problems(asked, allow_flaky=allow_flaky, allow_missing=allow_missing), repeat)
        typer.echo(standing)
        for line in advice(found):
            typer.echo(f"  {line}")
    raise typer.Exit(standing.exit_code(allow_flaky=allow_flaky, allow_missing=allow_missing))


def _refuse_overwriting(
    junit: Path | None, files: Sequence[Path], goldens: Path | None, reward: Path | None
) -> None:
    from rubrics.goldens.golden_file import golden_path

    beside = (golden_path(file) for file in files if file.name)
    for read in (*files, *beside, goldens, reward):
        if read is not None:
            refuse_same_file(read, junit, "--junit")


def _found(
    files: Sequence[Path],
    goldens: Path | None,
    reward: Path | None,
    judges: Sequence[str],
    selection: "Selection",
    repeat: int,
    *,
    allow_missing: bool,
) -> "list[Asked]":
    import asyncio

    from reward_server.cli.rubric.bench import Bench
    from reward_server.cli.rubric.goldens.asking import ask
    from reward_server.cli.rubric.goldens.suite import open_suites
    from reward_server.reward.loading import load_reward

    function = None if reward is None else load_reward(reward)
    bench = Bench(function, judges, cached=repeat == 1)
    suites = open_suites(files, goldens, bench.layout, selection, allow_missing=allow_missing)
    return asyncio.run(ask(suites, bench, repeat))
