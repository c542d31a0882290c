"""Reports: load tests and calibrations that were kept."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from reward_server.dashboard.address import href
from reward_server.dashboard.page import Page
from reward_server.dashboard.sources import Sources
from reward_server.report.markup import Markup, element, visible
from reward_server.store.reports import SavedReport, reports

_NAMES = {"loadtest": "load test", "calibration": "calibration"}
_HOW = "`gavel loadtest` and `gavel rubric calibrate` keep their reports here."


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the URL says."""

    run: str | None = None
    """The run that other pages are about; reports belong to none."""


class View(msgspec.Struct, frozen=True):
    """What the page shows."""

    reports: Sequence[SavedReport]


def view(sources: Sources, _: Query) -> View:
    """Read them all."""
    return View(reports(sources.kept))


def body(shown: View, _: Query) -> Iterator[Markup]:
    """Draw it."""
    yield element("h1", "Load tests and calibrations")
    if not shown.reports:
        yield element("p", f"None yet. {_HOW}", class_="note")
        return
    head = element("tr", *(element("th", each, scope="col") for each in ("report", "kind", "kept")))
    rows = (_row(each) for each in shown.reports)
    yield element("table", element("thead", head), element("tbody", *rows), class_="list")


def _row(saved: SavedReport) -> Markup:
    link = element("a", visible(saved.title), href=href("/reports/{number}/page", number=saved.number))
    when = f"{datetime.fromtimestamp(saved.at, UTC):%Y-%m-%d %H:%M} UTC"
    cells = (element("td", _NAMES[saved.kind]), element("td", when))
    return element("tr", element("th", link, scope="row"), *cells, data_row="")


PAGE = Page("Tests", "/reports", Query, view, body)
