"""The report of `gavel loadtest` as one HTML file, which needs no network and no script."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from reward_server.load.page.client_health import client_health
from reward_server.load.page.curve import curve
from reward_server.load.page.failures import failures
from reward_server.load.page.figure_table import figure_tables
from reward_server.load.page.histograms import histograms
from reward_server.load.page.measured import measured
from reward_server.load.page.summary import limit, summary
from reward_server.load.page.timeline import timeline
from reward_server.load.page.tokens import tokens
from reward_server.load.report import Report
from reward_server.report.document import document
from reward_server.report.markup import Markup, element

_STYLE = Path(__file__).with_name("style.css")
_OVER_TIME = "A line marks where a phase begins; the number above it is its load."
_TITLES = {"judge": "What this judge bears", "reward": "What this reward URL bears"}


def load_page(report: Report, date: str | None = None) -> str:
    """The whole file. The same report gives the same page; a date stands in it only if given."""
    return document(_TITLES[report.target.kind], _body(report, date), _STYLE)


def _body(report: Report, date: str | None) -> Iterator[Markup]:
    yield element("h1", _TITLES[report.target.kind])
    yield from summary(report)
    yield limit(report)
    yield element("div", *_pictures(report), class_="figures")
    yield from _section("Over time", list(timeline(report)), "figures", _OVER_TIME)
    yield from _section("Latencies of calls by load", list(histograms(report)))
    if report.phases:
        yield element("section", *client_health(report))
        yield element("section", *figure_tables(report))
    yield measured(report, date)


def _pictures(report: Report) -> Iterator[Markup]:
    found = (curve(report), tokens(report), failures(report))
    return (each for each in found if each is not None)


def _section(
    title: str, inside: Sequence[Markup], kind: str | None = None, said: str | None = None
) -> Iterator[Markup]:
    if inside:
        words = () if said is None else (element("p", said, class_="small"),)
        yield element("section", element("h2", title), *words, element("div", *inside, class_=kind))
