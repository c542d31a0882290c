"""A comparison of two load tests for a terminal."""

from collections.abc import Iterator

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from reward_server.load.compare import ComparedFigure, ComparedLoad, Comparison
from reward_server.load.figures import words
from reward_server.load.figures.named import NAMED
from reward_server.load.requirement import written

MISSING = "-"
CAVEAT = "Significant means at 95 %: of twenty figures that did not change, one will seem to have."
_CHANGES = {"better": "better", "worse": "worse", "none": "no significant change", "untested": "not tested"}


def show(comparison: Comparison, console: Console | None = None) -> None:
    """Print it to standard output."""
    (console or Console(highlight=False)).print(render(comparison))


def render(comparison: Comparison) -> RenderableType:
    """What differs in the set-up, then a table for each load."""
    return Group(
        *(Text(line) for line in _opening(comparison)),
        *(part for load in comparison.loads for part in _load(load)),
        *(Text(line) for line in _closing(comparison)),
    )


def _opening(comparison: Comparison) -> Iterator[str]:
    for difference in comparison.differences:
        yield f"different: {difference}"
    a, b = comparison.knees
    if a is not None and b is not None:
        yield f"sustained at the knee: {words.number(a)} and {words.number(b)} rollouts/s ({b / a:.2f} times)"


def _load(load: ComparedLoad) -> Iterator[RenderableType]:
    title = words.load(load.shape, load.load)
    if load.refused is not None:
        yield Text(f"{title}: not compared, because {load.refused}")
        return
    yield _table(title, load)
    yield Text(f"  {load.test or 'too few repeats or seconds on one side, or not the same kind, for a test'}")


def _table(title: str, load: ComparedLoad) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column(title, no_wrap=True)
    for heading in ("first", "second", "ratio"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for figure in load.figures:
        table.add_row(*_cells(figure), style="bold" if figure.change in {"better", "worse"} else "")
    return table


def _cells(figure: ComparedFigure) -> list[str]:
    values = [MISSING if each is None else written(each, figure.unit) for each in (figure.a, figure.b)]
    ratio = MISSING if figure.ratio is None else f"{figure.ratio:.2f}"
    return [NAMED[figure.name].title, *values, ratio, _CHANGES[figure.change]]


def _closing(comparison: Comparison) -> Iterator[str]:
    for which, loads in (("first", comparison.only_a), ("second", comparison.only_b)):
        if loads:
            yield f"only in the {which}: {words.listed(loads)}"
    if not comparison.loads:
        yield "The two tests have no load in common: nothing can be compared."
    elif any(load.test for load in comparison.loads):
        yield CAVEAT
