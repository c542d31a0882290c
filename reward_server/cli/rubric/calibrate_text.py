"""What `gavel rubric calibrate` prints for people."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from reward_server.report.figures import PREDICTION
from rubrics.agreement.measures import Agreement, Measure
from rubrics.agreement.notes import about, about_retest
from rubrics.agreement.repeated import Retest
from rubrics.agreement.report import Report
from rubrics.agreement.shown import shown

if TYPE_CHECKING:
    from rich.table import Table

WIDTH = 100
"""Columns where nobody's terminal says otherwise."""

AGREEMENT = {"agreement": "agreement", "kappa": "kappa", "alpha": "alpha", "people": "human_kappa"}
SCALE = {
    "agreement": "agreement",
    "quadratic kappa": "kappa_quadratic",
    "alpha": "alpha",
    "people": "human_kappa_quadratic",
}
RETEST = {"kappa": "kappa", "flipped": "flipped", "difference": "difference"}
WITHIN = {"tau-b": "tau", "order flipped": "order_flipped", "noise/signal": "noise_ratio", "ICC": "icc"}
"""Headings and the measures below them."""


def show(report: Report) -> None:
    """Print the tables, and below them what they leave out."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=WIDTH)
    for table in _tables(report):
        console.print(table)
    for line in _notes(report):
        console.print(f"  {line}", soft_wrap=True)


def _tables(report: Report) -> "Iterator[Table]":
    statements = [each for each in report.criteria if "sensitivity" in each.measures]
    scales = [each for each in report.criteria if each not in statements]
    together = [report.overall] if report.overall and len(statements) > 1 else []
    for found, columns in (
        ([*statements, *together], AGREEMENT),
        ([*statements, *together], PREDICTION),
        (scales, SCALE),
    ):
        if found:
            yield _agreements(found, columns)
    tempered = [each for each in (*statements, *together) if each.temperature is not None]
    if tempered:
        yield _temperatures(tempered)
    if report.retest is not None:
        yield _stabilities(report.retest, "asked again", RETEST)
        yield _stabilities(report.retest, "within groups", WITHIN)


def _agreements(found: Sequence[Agreement], columns: Mapping[str, str]) -> "Table":
    return _table(
        ["criterion", "compared", *columns],
        ([shown(each.criterion), f"{each.compared:,}", *_cells(each.measures, columns)] for each in found),
    )


def _temperatures(found: Sequence[Agreement]) -> "Table":
    headings = ["criterion", "temperature", "log loss", "scaled", "ECE", "scaled"]
    return _table(headings, ([shown(each.criterion), *_tempered(each)] for each in found))


def _tempered(agreement: Agreement) -> Iterator[str]:
    found = agreement.temperature
    assert found is not None
    yield _cell(Measure(found.temperature, found.interval))
    for value in (found.log_loss, found.scaled_log_loss, found.ece, found.scaled_ece):
        yield _cell(Measure(value))


def _stabilities(retest: Retest, heading: str, columns: Mapping[str, str]) -> "Table":
    found = [*retest.criteria, *([retest.reward] if retest.reward else [])]
    return _table(
        [heading, "rollouts", *columns],
        ([shown(each.criterion), f"{each.rollouts:,}", *_cells(each.measures, columns)] for each in found),
    )


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column(headings[0], no_wrap=True)
    for heading in headings[1:]:
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(*row)
    return table


def _cells(measures: Mapping[str, Measure], columns: Mapping[str, str]) -> list[str]:
    return [_cell(measures[name]) for name in columns.values()]


def _cell(measure: Measure) -> str:
    """The value, and its interval on a line of its own."""
    if measure.value is None:
        return "-"
    if measure.interval is None:
        return f"{measure.value:.2f}"
    return f"{measure.value:.2f}\n{measure.interval.low:.2f}..{measure.interval.high:.2f}"


def _notes(report: Report) -> Iterator[str]:
    if report.without_verdicts:
        yield f"{report.without_verdicts:,} labelled rollouts have no line in the file of verdicts"
    for each in report.criteria:
        yield from (f"{shown(each.criterion)}: {note}" for note in about(each))
    if report.retest is not None:
        yield from about_retest(report.retest)
