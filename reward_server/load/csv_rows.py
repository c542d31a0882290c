"""A report as CSV: one row a load."""

import csv
from collections.abc import Iterator
from io import StringIO

from reward_server.load.figures.named import NAMED
from reward_server.load.report import PhaseFigures, Report

_SUFFIXES = {"/s": "", "s": "_s", "share": ""}


def csv_text(report: Report) -> str:
    """All loads with all figures and their intervals. What is not known is empty."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_OPENING, *_columns()])
    writer.writerows(_row(phase) for phase in report.phases)
    return out.getvalue()


_OPENING = ("shape", "load", "repeats", "seconds", "calls", "offered_rollouts_s", "client_limited")


def _columns() -> Iterator[str]:
    for name, figure in NAMED.items():
        column = f"{name}{_SUFFIXES[figure.unit]}"
        yield from (column, f"{column}_low", f"{column}_high")


def _row(phase: PhaseFigures) -> list[str]:
    return [
        phase.shape,
        _number(phase.load),
        str(phase.repeats),
        _number(phase.seconds),
        str(phase.calls),
        _number(phase.offered_rollouts_s),
        str(phase.client_limited).lower(),
        *_figures(phase),
    ]


def _figures(phase: PhaseFigures) -> Iterator[str]:
    for name, figure in NAMED.items():
        interval = phase.intervals.get(name)
        yield _number(figure.get(phase))
        yield from ("", "") if interval is None else (_number(interval.low), _number(interval.high))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
