"""`gavel score`: the reward URL's work without the URL."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reward_server.cli import exits
from reward_server.cli.options import finite, refuse_same_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reward_server.offline import Offline
    from reward_server.results_file import ResultsFile
    from reward_server.reward.reward_function import RewardFunction
    from rubrics.rollout import Group


class Detail(StrEnum):
    """How much each result tells."""

    COMPONENTS = "components"
    VERDICTS = "verdicts"


def score(
    rollouts: Annotated[Path, typer.Argument(help="Rollouts as JSONL, one wire-format rollout a line.")],
    reward: Annotated[Path, typer.Option("--reward", "-r", help="Reward file.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where results go, as JSONL.")] = None,
    detail: Annotated[Detail, typer.Option(help="How much each result tells.")] = Detail.COMPONENTS,
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep OUT's wholly scored groups, score the rest.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT.")] = False,
    groups_at_once: Annotated[int, typer.Option(min=1, help="Groups under way at once.")] = 64,
    max_unscored: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            callback=finite,
            help="Exit 3 when a greater share is unscored. Left out: 0 for fail_batch, else 1.",
        ),
    ] = None,
) -> None:
    """Score a file of rollouts and print a summary. Ctrl-C keeps what is done; --resume continues."""
    from reward_server.offline import Offline, read_groups
    from reward_server.reward.loading import load_reward
    from reward_server.table import show

    if (resume or force) and out is None:
        raise typer.BadParameter("name the file to continue or overwrite with --out", param_hint="--out")
    if resume and force:
        raise typer.BadParameter("say either --resume or --force", param_hint="--resume")
    refuse_same_file(rollouts, out)
    function = load_reward(reward)
    groups = read_groups(rollouts, function)
    function.open()  # a judge that cannot be had is a message now, not a thousand unscored rollouts
    file = None if out is None else _opened(out, function, detail, groups, resume, force)
    run = Offline(function, groups, file, groups_at_once)
    interrupted = _run(run)
    show(run.summary())
    if out is not None:
        typer.echo(f"  results: {out}")
    for notice in function.notices:
        typer.echo(f"  note: {notice}")
    if interrupted:
        saved = f"--resume continues {out}" if out is not None else "nothing is saved without --out"
        typer.echo(f"  interrupted with {run.done} of {run.total} rollouts done; {saved}", err=True)
        raise typer.Exit(exits.INTERRUPTED)
    _gate(run, max_unscored)


def _opened(
    out: Path,
    function: "RewardFunction",
    detail: Detail,
    groups: "Sequence[Group]",
    resume: bool,
    force: bool,
) -> "ResultsFile":
    from reward_server.results_file import ResultsFile
    from rubrics.problems import ConfigError

    file = ResultsFile(out, function, detail.value)
    if resume:
        file.resume(groups)
    elif out.exists() and not force:
        hint = "continue it with --resume, or overwrite it with --force"
        raise ConfigError(f"{out} exists already", hint=hint)
    else:
        file.start()
    return file


def _run(run: "Offline") -> bool:
    """Score, with a progress bar where standard error is a terminal. Whether it was interrupted."""
    import asyncio

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("scoring"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("scoring", total=run.total, completed=run.done)
        try:
            asyncio.run(run.score(lambda count: progress.advance(task, count)))
        except KeyboardInterrupt:
            return True
    return False


def _gate(run: "Offline", max_unscored: float | None) -> None:
    summary = run.summary()
    if max_unscored is None:
        max_unscored = 0.0 if run.function.on_unscored == "fail_batch" else 1.0
    if summary.rollouts - summary.scored > max_unscored * summary.rollouts:
        typer.echo(f"  more than {max_unscored:.1%} of the rollouts are unscored", err=True)
        raise typer.Exit(exits.GATE)
