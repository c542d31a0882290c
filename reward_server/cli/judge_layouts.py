"""`gavel judge layouts`: whether a judge's verdicts depend on the layout of its prompt."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from reward_server.cli import exits

if TYPE_CHECKING:
    from rich.table import Table

    from judges.layouts import Cost, Meter
    from reward_server.components.rubric import Rubric
    from reward_server.reward.reward_function import RewardFunction
    from rubrics.comparison import Comparison
    from rubrics.rollout import Group
    from rubrics.rubric import PromptLayout


class Compared(msgspec.Struct, frozen=True):
    """One rubric of the reward file under both layouts."""

    component: str
    judge: str
    criteria: "Sequence[Comparison]"
    costs: "dict[PromptLayout, Cost]"


def layouts(
    reward: Annotated[Path, typer.Argument(help="Reward file.")],
    rollouts: Annotated[Path, typer.Argument(help="Rollouts as JSONL, one wire-format rollout a line.")],
    judge: Annotated[
        str | None,
        typer.Option(help="Ask this judge of the file. Left out: the one that each rubric names."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare a judge's verdicts under the layouts `criterion_last` and `listed`.

    Asks every statement of every rubric about every rollout twice. Exit code 1 when there was nothing to
    compare because the judge gave no verdicts.
    """
    import asyncio

    from judges.layouts import Meter
    from reward_server.offline import read_groups
    from reward_server.reward.loading import load_reward

    meters: dict[str, Meter] = {}
    function = load_reward(reward, lambda name: meters.setdefault(name, Meter()))
    asked = _rubrics(function, judge)
    groups = read_groups(rollouts, function)
    found = asyncio.run(_compared(function, asked, groups, meters))
    _show_json(found) if as_json else _show(found)
    if not any(criterion.compared for rubric in found for criterion in rubric.criteria):
        raise typer.Exit(exits.RUNTIME)


def _rubrics(function: "RewardFunction", judge: str | None) -> "list[tuple[str, Rubric, str]]":
    """The components to compare, each with the name of its judge."""
    from reward_server.components.rubric import Rubric
    from rubrics.problems import ConfigError, did_you_mean

    if judge is not None and judge not in function.judges:
        hint = did_you_mean(judge, function.judges) or f"its judges: {', '.join(function.judges) or 'none'}"
        raise ConfigError(f"the reward file has no judge `{judge}`", hint=hint)
    rubrics = [
        (column.name, column.component, asked)
        for column in function.columns
        if isinstance(column.component, Rubric) and _differ(column.component)
        for asked in ([judge] if judge else column.component.panel)
    ]
    if not rubrics:
        hint = "a layout is where a prompt has its statement, and nothing here asks a judge for one"
        raise ConfigError(
            "the reward file has no rubric with `ask` criteria, or only holistic ones", hint=hint
        )
    return rubrics


def _differ(component: "Rubric") -> bool:
    """Whether it has prompts that differ by layout."""
    rubric = component.opened
    return rubric.holistic is None and any(criterion.ask is not None for criterion in rubric.criteria)


async def _compared(
    function: "RewardFunction",
    asked: "list[tuple[str, Rubric, str]]",
    groups: "Sequence[Group]",
    meters: "dict[str, Meter]",
) -> list[Compared]:
    from judges.layouts import compare

    found = []
    try:
        for name, component, judge in asked:
            criteria = await compare(component.opened, groups, function.judges[judge].judge, meters[judge])
            found.append(Compared(name, judge, criteria, dict(meters[judge].costs)))
    finally:
        await function.aclose()
    return found


def _show_json(found: Sequence[Compared]) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode({"rubrics": found}), indent=2).decode())


def _show(found: Sequence[Compared]) -> None:
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    for rubric in found:
        console.print(f"{rubric.component}, judged by `{rubric.judge}`")
        console.print(_table(rubric.criteria))
        for line in (*_gaps(rubric.criteria), _cost(rubric.costs)):
            console.print(f"  {line}", soft_wrap=True)
        console.print()


def _table(criteria: "Sequence[Comparison]") -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)  # 80 columns are enough
    table.add_column("criterion", no_wrap=True, min_width=max(len(found.criterion) for found in criteria))
    for heading in ("compared", "agreement", "flips", "difference", "shift"):
        table.add_column(heading, justify="right")
    for found in criteria:
        table.add_row(found.criterion, *_cells(found))
    return table


def _gaps(criteria: "Sequence[Comparison]") -> Iterator[str]:
    for found in criteria:
        for cause, count in sorted(found.causes.items()):
            yield f"{found.criterion}: {count:,} without a verdict: {cause}"


def _cells(found: "Comparison") -> tuple[str, ...]:
    if found.agreement is None or found.difference is None or found.shift is None:
        return ("0", "-", "-", "-", "-")
    numbers = (f"{found.agreement:.1%}", str(found.flips), f"{found.difference:.3f}", f"{found.shift:+.3f}")
    return (f"{found.compared:,}", *numbers)


def _cost(costs: "dict[PromptLayout, Cost]") -> str:
    last, listed = costs["criterion_last"], costs["listed"]
    if not (last.prompt and listed.prompt):
        return "prompt tokens: not told by this judge, or the verdicts were known already"
    computed = [cost.prompt - cost.cached for cost in (last, listed)]
    return f"prompt tokens computed: {computed[0]:,} with criterion_last, {computed[1]:,} with listed"
