"""`gavel score`: the reward URL's work without the URL."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reward_server.cli import exits

if TYPE_CHECKING:
    from reward_server.offline import Offline
    from reward_server.row import Row


class Detail(StrEnum):
    """How much each result tells."""

    COMPONENTS = "components"
    VERDICTS = "verdicts"


def score(
    rollouts: Annotated[Path, typer.Argument(help="Rollouts as JSONL, one wire-format rollout a line.")],
    reward: Annotated[Path, typer.Option("--reward", "-r", help="Reward file.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where results go, as JSONL.")] = None,
    detail: Annotated[Detail, typer.Option(help="How much each result tells.")] = Detail.COMPONENTS,
    resume: Annotated[bool, typer.Option(help="Continue OUT: keep what is scored there, try the rest.")] = False,
    force: Annotated[bool, typer.Option(help="Overwrite OUT.")] = False,
    groups_at_once: Annotated[int, typer.Option(min=1, help="Groups under way at once.")] = 64,
    max_unscored: Annotated[float, typer.Option(min=0, max=1, help="Exit 3 when a greater share is unscored.")] = 1.0,
) -> None:
    """Score a file of rollouts and print a summary. Ctrl-C keeps what is done; --resume continues."""
    from reward_server.table import show

    run = _prepare(rollouts, reward, out, detail, resume, force, groups_at_once)
    interrupted = _run(run)
    summary = run.summary()
    show(summary)
    for notice in run.function.notices:
        typer.echo(f"  note: {notice}")
    if interrupted:
        typer.echo(f"  interrupted with {summary.rollouts} of {run.total} rollouts done; --resume continues", err=True)
        raise typer.Exit(exits.INTERRUPTED)
    if summary.rollouts - summary.scored > max_unscored * summary.rollouts:
        typer.echo(f"  more than {max_unscored:.1%} of the rollouts are unscored", err=True)
        raise typer.Exit(exits.GATE)


def _prepare(
    rollouts: Path, reward: Path, out: Path | None, detail: Detail, resume: bool, force: bool, groups_at_once: int
) -> "Offline":
    from reward_server import offline
    from reward_server.loading import load_reward
    from rubrics.problems import ConfigError

    function = load_reward(reward)
    groups = offline.read_groups(rollouts, function)
    kept: list[list[Row]] = []
    if out is not None and resume:
        kept = offline.resume(out, groups, function.version)
    elif out is not None and out.exists() and not force:
        raise ConfigError(f"{out} exists already", hint="continue it with --resume, or overwrite it with --force")
    elif out is not None:
        out.write_bytes(b"")
    return offline.Offline(function, groups, kept, out=out, detail=detail.value, groups_at_once=groups_at_once)


def _run(run: "Offline") -> bool:
    import asyncio

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("scoring"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("scoring", total=run.total, completed=run.done)
        try:
            asyncio.run(run.score(lambda count: progress.advance(task, count)))
        except KeyboardInterrupt:
            return True
    return False
