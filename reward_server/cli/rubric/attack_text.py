"""What `gavel rubric attack` prints for people. Attacks are shown escaped, on one line."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from judges.attack.measure import Fooled, Gained, Mean, Moved
from judges.attack.report import ALL, CriterionReport, Report
from judges.attack.worst import Example
from rubrics.agreement.bootstrap import LEAST_CLUSTERS
from rubrics.agreement.shown import shown

if TYPE_CHECKING:
    from rich.table import Table

    from rubrics.cause import Cause

WIDTH = 120
"""Columns where nobody's terminal says otherwise."""
_BLANK = "empty"
"""The kind that never reaches a judge, so it has no column."""


def show(report: Report) -> None:
    """Print the tables, and below them what they leave out."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=WIDTH)
    name = f"{report.rubric} {shown(report.version)}, judged by `{shown(report.judge)}`"
    console.print(f"{name}: {report.samples:,} samples of {report.groups:,} prompts, {report.texts:,} texts")
    for title, table in _tables(report):
        console.print(f"\n{title}")
        console.print(table)
    for line in _notes(report):
        console.print(f"  {line}", soft_wrap=True)
    if report.worst:
        console.print("\nWhat worked best")
        for example in report.worst:
            console.print(f"  {_told(example)}", soft_wrap=True)


def _tables(report: Report) -> "Iterator[tuple[str, Table]]":
    if any(each.fooled for each in report.criteria):
        yield "Without content: how many of the texts were found met", _fooled(report)
    if any(each.moved for each in report.criteria):
        yield "Added to real samples: how many verdicts flipped, and the mean shift", _moved(report)
    if any(each.value.of for each in (*report.alone.values(), *report.added.values())):
        yield "The rubric's value", _gained(report)


def _fooled(report: Report) -> "Table":
    kinds = [kind for kind in report.criteria[0].fooled if kind not in (_BLANK, ALL)]
    table = _table("criterion", "being_met", *kinds, "share", "judge")
    for each in report.criteria:
        cells = [f"{each.fooled[kind].met.found}/{each.fooled[kind].met.of}" for kind in kinds]
        table.add_row(each.criterion, each.pays, *cells, _share(each.fooled[ALL]), each.fitness or "-")
    return table


def _share(found: Fooled) -> str:
    met = found.met
    if met.share is None or met.low is None or met.high is None:
        return "-\n"
    return f"{met.share:.1%}\n{met.low:.1%}..{met.high:.1%}"


def _moved(report: Report) -> "Table":
    kinds = list(report.criteria[0].moved)
    table = _table("criterion", *kinds)
    for each in report.criteria:
        table.add_row(each.criterion, *(_flips(each.moved[kind]) for kind in kinds))
    return table


def _flips(moved: Moved) -> str:
    return f"{moved.flips.found}/{moved.flips.of}\n{_signed(moved.shift)}"


def _gained(report: Report) -> "Table":
    table = _table("kind", "samples", "value", "over no text", "over the clean sample", "decided by code")
    for where, cells in (("alone", report.alone), ("added", report.added)):
        for kind, gained in cells.items():
            table.add_row(f"{kind}, {where}", *_values(gained, over_blank=where == "alone"))
    return table


def _values(gained: Gained, *, over_blank: bool) -> tuple[str, ...]:
    value = "-" if gained.value.value is None else f"{gained.value.value:.2f}"
    over = _signed(gained.over_blank, " ") if over_blank else ""
    return (f"{gained.value.of:,}", value, over, _signed(gained.change, " "), f"{gained.by_code:,}")


def _signed(mean: Mean, between: str = "\n") -> str:
    if mean.value is None:
        return "-"
    spread = mean.interval
    bounds = "" if spread is None else f"{between}{spread.low:+.2f}..{spread.high:+.2f}"
    return f"{mean.value:+.2f}{bounds}"


def _table(first: str, *columns: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column(first, no_wrap=True)
    for heading in columns:
        table.add_column(heading.replace("_", "\n"), justify="right", no_wrap=True)
    return table


def _notes(report: Report) -> Iterator[str]:
    yield from _too_few(report)
    settled = max((each.fooled[ALL].settled for each in report.criteria if ALL in each.fooled), default=0)
    if settled:
        yield f"{settled:,} texts are blank: settled without the judge, which gets no credit for them"
    if report.without_text:
        yield f"{report.without_text:,} samples have no text of their own, so nothing was added to them"
    if report.groups < LEAST_CLUSTERS:
        yield f"{report.groups:,} prompts are too few for intervals of means ({LEAST_CLUSTERS})"
    for (kind, what, cause), count in _without_verdicts(report.criteria).items():
        yield f"{kind}: {count:,} {what}: {cause}"


def _too_few(report: Report) -> Iterator[str]:
    """What would tell, once for all criteria that need as much."""
    wanting: dict[int, list[str]] = {}
    for each in report.criteria:
        if each.needed is not None:
            wanting.setdefault(each.needed, []).append(each.criterion)
    limit = f"{report.max_fpr:.1%}"
    for needed, criteria in sorted(wanting.items()):
        names = f"{len(criteria)} criteria" if len(criteria) > 3 else ", ".join(criteria)
        yield f"{names}: about {needed:,} texts without content would tell if it is above {limit}"


def _without_verdicts(criteria: Sequence[CriterionReport]) -> "Counter[tuple[str, str, Cause]]":
    """By kind and cause, what was left without a verdict, over all criteria."""
    counts: Counter[tuple[str, str, Cause]] = Counter()
    for each in criteria:
        for kind, found in each.fooled.items():
            if kind != ALL:
                counts.update(_counted(f"{kind}, alone", "without a verdict", found.causes))
        for kind, moved in each.moved.items():
            if kind != ALL:
                counts.update(_counted(f"{kind}, added", "broke the judge", moved.causes))
        if ALL in each.moved:
            counts.update(_counted("clean samples", "pairs without a verdict", each.moved[ALL].clean_causes))
    return counts


def _counted(kind: str, what: str, causes: "Mapping[Cause, int]") -> "dict[tuple[str, str, Cause], int]":
    return {(kind, what, cause): count for cause, count in causes.items()}


def _told(example: Example) -> str:
    change = f"{example.found:.2f}"
    if example.clean is not None:
        change = f"{example.clean:.2f} -> {change}"
    text = f'"{shown(example.text)}"'
    return f"{example.criterion}: {change}  {example.kind} {text}  ({shown(example.rollout)})"
