"""`gavel rubric attack`: how easily a judge is fooled under a rubric."""

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reward_server.cli import exits

if TYPE_CHECKING:
    from judges.attack.campaign import Campaign
    from judges.attack.placing import Aim
    from judges.attack.report import Report
    from judges.attack.trial import Sample
    from reward_server.cli.rubric.bench import Bench, Names
    from reward_server.reward.reward_function import RewardFunction
    from rubrics.layout import Layout
    from rubrics.rubric import Rubric


class Kinds(StrEnum):
    """What an attack tries: `judges.attack.attack.KINDS`, which would take time to import."""

    EMPTY = "empty"
    PUNCTUATION = "punctuation"
    OPENER = "opener"
    FOREIGN = "foreign"
    NULL_MODEL = "null_model"
    INJECTED_VERDICT = "injected_verdict"
    CLOSING_FENCE = "closing_fence"
    SPECIAL_TOKENS = "special_tokens"
    PADDING = "padding"
    DISAVOWAL = "disavowal"


def attack(
    rubric: Annotated[Path, typer.Argument(help="Rubric file.")],
    reward: Annotated[
        Path, typer.Option("--reward", "-r", help="Reward file with the judge and the layout of completions.")
    ],
    rollouts: Annotated[Path, typer.Option(help="Real samples: rollouts as JSONL, one a line.")],
    judge: Annotated[
        list[str] | None,
        typer.Option(
            help="Ask this judge of the file; several are a panel. Left out: whom the file asks about this "
            "rubric, or its only one."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Attack so many samples, drawn by the seed.")] = 50,
    criterion: Annotated[
        str | None, typer.Option(help="Attack this criterion alone. The reward is then left out.")
    ] = None,
    only: Annotated[list[Kinds] | None, typer.Option(help="Only attacks of this kind; repeatable.")] = None,
    max_fpr: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="Exit with 3 where false positives are surely above this share.",
        ),
    ] = 0.01,
    seed: Annotated[int, typer.Option(help="Seed of the samples, of places and of intervals.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Try known manipulations on real samples, and measure how often the judge falls for them.

    Exit code 1 when the judge gave no verdicts, 3 when it is surely too gullible under some criterion.
    """
    import asyncio

    from judges.attack.attack import KINDS
    from judges.attack.campaign import Campaign
    from reward_server.cli.rubric.attack_text import show
    from reward_server.cli.rubric.bench import Bench
    from reward_server.reward.loading import load_reward

    function = load_reward(reward)
    opened = _opened(rubric, function.layout, reward, criterion)
    bench = Bench(function, judge or ())
    names = bench.names_for(opened, else_first=False)
    campaign = Campaign(
        rubric=opened,
        judge=", ".join(names) or "classifiers alone",
        samples=_samples(rollouts, function, limit, seed),
        aim=_aim(opened, function.layout),
        kinds=[kind for kind in KINDS if not only or kind in only],
        seed=seed,
        max_fpr=max_fpr,
        only=criterion,
        layout=bench.prompt_layout(names),
    )
    found = asyncio.run(_report(bench, campaign, names))
    _show_json(found) if as_json else show(found)
    _leave(found)


def _opened(path: Path, layout: "Layout", reward: Path, criterion: str | None) -> "Rubric":
    from judges.attack.statements import judged
    from reward_server.cli.rubric.inputs import open_rubric
    from rubrics.problems import ConfigError, did_you_mean

    rubric = open_rubric(path, layout, reward)
    names = [each.id for each in judged(rubric)]
    if not names:
        hint = "checks and labels are decided by code, which cannot be talked into anything"
        raise ConfigError(f"{path} asks no judge, so there is nobody to fool", hint=hint)
    if criterion is not None and criterion not in names:
        told = f"{path} asks no judge about {ascii(criterion)[:80]}"
        raise ConfigError(told, hint=did_you_mean(criterion, names))
    return rubric


def _aim(rubric: "Rubric", layout: "Layout") -> "Aim":
    from judges.attack.placing import aim
    from rubrics.problems import ConfigError

    found = aim(rubric, layout)
    if found is None:
        hint = "an attack needs an input with `from: completion` or a part of it"
        raise ConfigError("the rubric shows its judge nothing of the completion", hint=hint)
    return found


def _samples(path: Path, function: "RewardFunction", limit: int, seed: int) -> "Sequence[Sample]":
    from judges.attack.trial import chosen
    from reward_server.offline import read_groups

    return chosen(read_groups(path, function), limit, seed)


async def _report(bench: "Bench", campaign: "Campaign", names: "Names") -> "Report":
    """Run the attacks, with a progress bar where standard error is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from judges.grade import grade_group

    columns = (TextColumn("judging texts"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    try:
        grade = partial(grade_group, judge=bench.judges(names), classify=bench.classify(campaign.rubric))
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("judging", total=None)
            return await campaign.run(
                grade, lambda done, total: progress.update(task, completed=done, total=total)
            )
    finally:
        await bench.aclose()


def _show_json(found: "Report") -> None:
    import msgspec

    typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())


def _leave(found: "Report") -> None:
    if not found.answered:
        typer.echo("the judge gave no verdict on anything", err=True)
        raise typer.Exit(exits.RUNTIME)
    for criterion in found.unfit:
        typer.echo(f"{criterion}: false positives are surely above {found.max_fpr:.2%}", err=True)
    if found.unfit:
        raise typer.Exit(exits.GATE)
