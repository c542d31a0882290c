"""`gavel replay`: saved verdicts under new weights, without a judge call."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reward_server.cli.options import refuse_same_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reward_server.engine.row import Row
    from reward_server.reward.reward_function import RewardFunction


def replay(
    results: Annotated[
        list[Path], typer.Argument(help="Results as JSONL, from `gavel score --detail verdicts`.")
    ],
    rollouts: Annotated[Path, typer.Option(help="The rollouts that were scored, as JSONL.")],
    reward: Annotated[Path, typer.Option("--reward", "-r", help="Reward file with the new weights.")],
    scored_with: Annotated[
        Path | None, typer.Option(help="The reward file that gave RESULTS: its statements are compared.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where results go, as JSONL.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT.")] = False,
) -> None:
    """Score rollouts again with the verdicts that were saved, without any judge call.

    A verdict that is unscored stays unscored. A verdict that is missing is an error that says which.
    """
    import asyncio

    from reward_server.cli.shift_lines import lines
    from reward_server.engine.summary import summarise
    from reward_server.offline import read_groups
    from reward_server.replaying import moved, refuse_other_reward, refuse_others, replaying, rescore
    from reward_server.reward.loading import load_reward
    from reward_server.saved_results import by_id, read_results
    from reward_server.table import show
    from rubrics.problems import ConfigError

    for read in (*results, rollouts):
        refuse_same_file(read, out)
    if out is not None and out.exists() and not force:
        raise ConfigError(f"{out} exists already", hint="overwrite it with --force")
    saved = by_id(read_results(results))
    source = None if scored_with is None else load_reward(scored_with)
    if source is not None:
        refuse_other_reward(saved, source)
    function = replaying(load_reward(reward), saved, source)
    groups = read_groups(rollouts, function)
    refuse_others(saved, groups)
    rows = asyncio.run(rescore(function, saved, groups))
    show(summarise(rows, function.weights))
    for line in lines(moved(saved, rows), "reward"):
        typer.echo(f"  {line}")
    others = len(saved) - sum(map(len, groups))
    if others:
        typer.echo(f"  note: left out {others:,} result{'s' * (others > 1)} of rollouts that are not here")
    if out is not None:
        _write(out, function, rows)
        typer.echo(f"  results: {out}")


def _write(out: Path, function: "RewardFunction", rows: "Sequence[Sequence[Row]]") -> None:
    from reward_server.results_file import ResultsFile

    file = ResultsFile(out, function, "verdicts")
    file.start()
    for group in rows:
        file.append(group)
