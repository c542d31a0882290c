"""A batch's summary as a table for a terminal."""

from collections.abc import Iterator, Mapping

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from reward_server.advice import ADVICE
from reward_server.engine.summary import ColumnSummary, Distribution, Summary
from rubrics.cause import Cause

MISSING = "-"
MOST_OF_THEM = 0.9
"""Share of the rollouts that must be scored for advice to mean anything."""
DOMINANT = 0.6
"""Share of the advantage's variance from which on one component is worth a word."""


def render(summary: Summary) -> RenderableType:
    """Components, then the reward, then what was unscored and what to do."""
    return Group(
        _table(summary), *_holes(summary.unscored), *(Text(f"  {line}") for line in next_steps(summary))
    )


def show(summary: Summary, console: Console | None = None) -> None:
    """Print the summary to standard output."""
    (console or Console(highlight=False)).print(render(summary))


def _table(summary: Summary) -> Table:
    weighted = summary.reward.weighted_mean is not None
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)  # 80 columns are enough
    table.add_column("component")
    for heading in (
        "mean",
        *(["weighted mean"] if weighted else []),
        "std",
        "dead groups",
        "unscored",
        "weight",
        "share of advantage",
    ):
        table.add_column(heading, justify="right")
    for name, column in summary.components.items():
        table.add_row(name, *_numbers(column, weighted), *_part(column))
    table.add_section()
    table.add_row("reward", *_numbers(summary.reward, weighted), "", "", style="bold")
    return table


def _numbers(column: Distribution, weighted: bool) -> list[str]:
    means = [_number(column.mean), *([_number(column.weighted_mean)] if weighted else [])]
    return [*means, _number(column.std), str(column.dead_groups), str(column.unscored)]


def _part(column: ColumnSummary) -> list[str]:
    share = MISSING if column.advantage_share is None else f"{column.advantage_share:.0%}"
    return [f"{column.weight:.2f}", share]


def _number(value: float | None) -> str:
    return MISSING if value is None else f"{value:.3f}"


def _holes(unscored: Mapping[str, int]) -> list[Text]:
    if not unscored:
        return [Text("  every rollout scored")]
    return [
        Text(f"  {count} unscored: {cause}\n    {ADVICE[Cause(cause)]}") for cause, count in unscored.items()
    ]


def next_steps(summary: Summary) -> list[str]:
    """What the figures suggest."""
    if summary.scored < MOST_OF_THEM * summary.rollouts:
        return []  # figures of what an outage left over say nothing about the reward
    steps = []
    if summary.groups and summary.reward.dead_groups > summary.groups / 2:
        steps.append("more than half of the groups are dead: sample more, or prompts of other difficulty")
    weighed = sum(column.weight != 0 for column in summary.components.values())
    return steps + [
        step
        for name, column in summary.components.items()
        for step in _column_steps(name, column, alone=weighed == 1)
    ]


def _column_steps(name: str, column: ColumnSummary, *, alone: bool) -> Iterator[str]:
    if column.weight and column.std == 0 and not column.unscored:
        yield f"`{name}` is the same everywhere: it teaches nothing on this data"
    elif not alone and column.advantage_share is not None and column.advantage_share > DOMINANT:
        share = f"{column.advantage_share:.0%}"
        yield f"`{name}` makes {share} of the advantage: weigh or gate it if that is not meant"
