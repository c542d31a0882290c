"""`gavel replay`: rollouts that were judged before, under new weights or judged again."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reward_server.cli.options import refuse_same_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reward_server.engine.row import Row
    from reward_server.reward.reward_function import RewardFunction
    from reward_server.saved_results import Saved
    from rubrics.comparison import Comparison
    from rubrics.rollout import Group

    Rows = Sequence[Sequence[Row]]


class Ask(StrEnum):
    """What judges are asked."""

    NOTHING = "nothing"
    MISSING = "missing"
    ALL = "all"


def replay(
    results: Annotated[
        list[Path], typer.Argument(help="Results as JSONL, from `gavel score --detail verdicts`.")
    ],
    rollouts: Annotated[Path, typer.Option(help="The rollouts that were scored, as JSONL.")],
    reward: Annotated[Path, typer.Option("--reward", "-r", help="Reward file with the new weights.")],
    ask: Annotated[
        Ask,
        typer.Option(
            help="Ask judges nothing; what saved verdicts leave open (`missing`); or everything anew (`all`)."
        ),
    ] = Ask.NOTHING,
    scored_with: Annotated[
        Path | None, typer.Option(help="The reward file that gave RESULTS: its statements are compared.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where results go, as JSONL.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT.")] = False,
) -> None:
    """Score rollouts again with the verdicts that were saved, without any judge call unless --ask says so.

    A verdict that is unscored stays unscored. A verdict that is missing is an error that says which.
    """
    from reward_server.cli.shift_lines import lines
    from reward_server.engine.summary import summarise
    from reward_server.offline import read_groups
    from reward_server.replaying import moved, refuse_other_reward, refuse_others
    from reward_server.reward.loading import load_reward
    from reward_server.saved_results import by_id, read_results
    from reward_server.table import show

    _refuse_overwriting([*results, rollouts], out, force=force)
    saved = by_id(read_results(results))
    source = None if scored_with is None else load_reward(scored_with)
    if source is not None:
        refuse_other_reward(saved, source)
    function = load_reward(reward)
    groups = read_groups(rollouts, function)
    refuse_others(saved, groups)
    function, rows, told = _WAYS[ask](function, source, saved, groups)
    show(summarise(rows, function.weights))
    for line in (*lines(moved(saved, rows), "reward"), *told):
        typer.echo(f"  {line}")
    others = len(saved) - sum(map(len, groups))
    if others:
        typer.echo(f"  note: left out {others:,} result{'s' * (others > 1)} of rollouts that are not here")
    if out is not None:
        _write(out, function, rows)
        typer.echo(f"  results: {out}")


def _refuse_overwriting(read: "Sequence[Path]", out: Path | None, *, force: bool) -> None:
    from rubrics.problems import ConfigError

    for path in read:
        refuse_same_file(path, out)
    if out is not None and out.exists() and not force:
        raise ConfigError(f"{out} exists already", hint="overwrite it with --force")


def _saved_alone(
    function: "RewardFunction", source: "RewardFunction | None", saved: "Saved", groups: "Sequence[Group]"
) -> "tuple[RewardFunction, Rows, Sequence[str]]":
    import asyncio

    from reward_server.replaying import replaying, rescore

    function = replaying(function, saved, source)
    return function, asyncio.run(rescore(function, saved, groups)), ()


def _missing_asked(
    function: "RewardFunction", source: "RewardFunction | None", saved: "Saved", groups: "Sequence[Group]"
) -> "tuple[RewardFunction, Rows, Sequence[str]]":
    from reward_server.rejudging import asked_in, completing
    from reward_server.replaying import stale_in

    function = completing(function, saved, stale_in(function, source))
    rows = _scored(function, groups)
    asked = ", ".join(f"{name} {count:,}" for name, count in asked_in(function).items())
    return function, rows, [f"asked now: {asked or 'nothing'}"]


def _all_asked(
    function: "RewardFunction",
    source: "RewardFunction | None",  # noqa: ARG001 - nothing saved is used, whatever it answered
    saved: "Saved",
    groups: "Sequence[Group]",
) -> "tuple[RewardFunction, Rows, Sequence[str]]":
    from reward_server.rejudging import asking_anew, verdicts_moved

    anew, judged = asking_anew(function)
    rows = _scored(anew, groups)
    return anew, rows, [*_verdict_lines(verdicts_moved(judged, saved, rows))]


_WAYS = {Ask.NOTHING: _saved_alone, Ask.MISSING: _missing_asked, Ask.ALL: _all_asked}


def _scored(function: "RewardFunction", groups: "Sequence[Group]") -> "Rows":
    import asyncio
    import math

    from reward_server.engine.scoring import Scoring

    async def score() -> "Rows":
        try:
            return await Scoring(function, groups).run(math.inf)
        finally:
            await function.aclose()

    return asyncio.run(score())


def _verdict_lines(moved: "Sequence[Comparison]") -> "Iterator[str]":
    for each in moved:
        if each.difference is None or each.shift is None:
            yield f"{each.criterion}: no rollout has a verdict both before and after"
            continue
        yield (
            f"{each.criterion}: {each.flips:,} of {each.compared:,} verdicts changed; probabilities moved by "
            f"{each.difference:.3f} on average, {each.shift:+.3f} in all"
        )


def _write(out: Path, function: "RewardFunction", rows: "Sequence[Sequence[Row]]") -> None:
    from reward_server.results_file import ResultsFile

    file = ResultsFile(out, function, "verdicts")
    file.start()
    for group in rows:
        file.append(group)
