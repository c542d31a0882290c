"""Overview: how a run goes, step by step, and what is wrong with it."""

from collections.abc import Iterator, Sequence

import msgspec

from reward_server.alarms.alarm import Alarm
from reward_server.dashboard.page import Page
from reward_server.dashboard.parts.alarms import alarms, page_link, spans
from reward_server.dashboard.parts.chart import Chart, Span, figures
from reward_server.dashboard.parts.choices import Choice, choices, chooser
from reward_server.dashboard.parts.curves import Curves, curves
from reward_server.dashboard.parts.lines import lines
from reward_server.dashboard.sources import Sources
from reward_server.report.markup import Markup, element, visible
from reward_server.store.reading import Run

_ODD = ("think_answer_inconsistency", "duplicates_rising", "identity_copies", "truncation_rising")


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the URL says."""

    run: str | None = None
    """A run's number or name; left out, the newest."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows."""

    runs: Sequence[Choice]
    run: Run
    alarms: Sequence[Alarm]
    """In the order in which they were raised."""
    curves: Curves


def view(sources: Sources, query: Query) -> View:
    """Read a run."""
    run = sources.run(query.run)
    return View(
        runs=choices(sources.runs()),
        run=run,
        alarms=sources.alarms(run),
        curves=curves(sources.history(run)),
    )


def body(shown: View, _: Query) -> Iterator[Markup]:
    """Draw it."""
    yield element("h1", visible(shown.run.name), element("small", f" {visible(shown.run.reward)}"))
    yield chooser(shown.runs, shown.run.id)
    yield from alarms(shown.alarms, page_link(shown.run.id))
    yield figures(charts(shown.curves, shown.alarms))


def whole(sources: Sources, run: Run) -> Iterator[Markup]:
    """Its pictures for a report."""
    yield figures(charts(curves(sources.history(run)), sources.alarms(run)), told=False)


def charts(run: Curves, raised: Sequence[Alarm]) -> Iterator[Chart]:
    """Every picture of the overview, with the steps marked at which an alarm about it was raised."""
    colours = {name: place for place, name in enumerate(run.mean)}

    def of(*names: str) -> tuple[Span, ...]:
        return spans(raised, *names)

    yield lines("Mean of each component", "mean", run.mean, colours, spans=of("component_saturated"))
    yield lines("Length of the reasoning", "words", run.words, spans=of("length_collapse"))
    yield lines(
        "Spread within a group", "standard deviation", run.within, colours, spans=of("component_flat")
    )
    yield lines(
        "Share of the advantage's variance",
        "share",
        run.advantage_share,
        colours,
        spans=of("advantage_share"),
    )
    yield lines("Dead groups, by why", "share of groups", run.dead_groups, high=1, spans=of("dead_groups"))
    yield lines(
        "Unscored rollouts, by cause",
        "share of rollouts",
        run.unscored,
        high=1,
        spans=of("unscored_fraction"),
    )
    yield lines("Odd completions", "share of rollouts", run.odd, high=1, spans=of(*_ODD))


PAGE = Page("Overview", "/", Query, view, body, live=True)
