"""What `gavel rubric calibrate` prints for people."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rubrics.agreement.bootstrap import LEAST_CLUSTERS
from rubrics.agreement.measures import Agreement
from rubrics.agreement.report import Report
from rubrics.agreement.shown import shown

if TYPE_CHECKING:
    from rich.table import Table

WIDTH = 100
"""Columns where nobody's terminal says otherwise."""

AGREEMENT = {"agreement": "agreement", "kappa": "kappa", "alpha": "alpha", "people": "human_kappa"}
PREDICTION = {
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "PR-AUC": "pr_auc",
    "R@P90": "recall_at_p90",
    "Brier": "brier",
    "ECE": "ece",
}
SCALE = {
    "agreement": "agreement",
    "quadratic kappa": "kappa_quadratic",
    "alpha": "alpha",
    "people": "human_kappa_quadratic",
}
"""Headings and the measures below them."""


def show(report: Report) -> None:
    """Print the tables, and below them what they leave out."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=WIDTH)
    statements = [each for each in report.criteria if "sensitivity" in each.measures]
    scales = [each for each in report.criteria if each not in statements]
    together = [report.overall] if report.overall and len(statements) > 1 else []
    for found, columns in (
        ([*statements, *together], AGREEMENT),
        ([*statements, *together], PREDICTION),
        (scales, SCALE),
    ):
        if found:
            console.print(_table(found, columns))
    for line in _notes(report):
        console.print(f"  {line}", soft_wrap=True)


def _table(found: Sequence[Agreement], columns: Mapping[str, str]) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("criterion", no_wrap=True)
    for heading in ("compared", *columns):
        table.add_column(heading, justify="right")
    for each in found:
        table.add_row(
            shown(each.criterion), f"{each.compared:,}", *(_cell(each, name) for name in columns.values())
        )
    return table


def _cell(agreement: Agreement, name: str) -> str:
    """The value, and its interval on a line of its own."""
    measure = agreement.measures[name]
    if measure.value is None:
        return "-\n"
    if measure.interval is None:
        return f"{measure.value:.2f}\n"
    return f"{measure.value:.2f}\n{measure.interval.low:.2f}..{measure.interval.high:.2f}"


def _notes(report: Report) -> Iterator[str]:
    if report.without_verdicts:
        yield f"{report.without_verdicts:,} labelled rollouts have no line in the file of verdicts"
    for each in report.criteria:
        name = shown(each.criterion)
        for cause, count in each.missing.items():
            yield f"{name}: {count:,} labelled without a verdict: {cause}"
        if each.compared and each.groups < LEAST_CLUSTERS:
            yield f"{name}: {each.groups} groups are too few for intervals ({LEAST_CLUSTERS})"
        if each.threshold is not None:
            yield _suggestion(each)


def _suggestion(each: Agreement) -> str:
    found = each.threshold
    assert found is not None
    side = "too easily" if found.threshold > 0.5 else "too rarely"
    return (
        f"{shown(each.criterion)}: the judge says yes {side}: cut at {found.threshold:.2f} kappa is "
        f"{found.kappa:.2f} (gain on other groups {found.gain.low:+.2f}..{found.gain.high:+.2f})"
    )
