"""How the load generator itself fared: whether its numbers are those of what was tested."""

from collections.abc import Iterator

from reward_server.load.figures.words import number
from reward_server.load.page.phases import named
from reward_server.load.report import PhaseFigures, Report
from reward_server.load.words import rate, seconds, share
from reward_server.report.markup import Markup, element, visible
from reward_server.report.tables import cell, row, table

_HEADINGS = ("load", "CPU of one core", "loop late, p99", "calls late, p99", "in flight, mean")


def client_health(report: Report) -> Iterator[Markup]:
    """A row for each phase, and why the client limited those that it did."""
    yield element("h2", "The load generator")
    yield table(_HEADINGS, [_row(each) for each in report.phases])
    for each in report.phases:
        for reason in each.client.limited_by:
            yield element("p", f"{named(each)}: {visible(reason, 400)}", class_="note plain")


def _row(phase: PhaseFigures) -> Markup:
    found = phase.client
    asked = f"of {number(phase.load)}" if phase.shape == "closed" else None
    return row(
        named(phase),
        cell(share(found.cpu)),
        cell(seconds(found.lag_p99_s)),
        cell(seconds(found.late_p99_s)),
        cell(rate(found.in_flight), asked),
    )
