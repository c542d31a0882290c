"""Overview: how a run goes, step by step, and what is wrong with it."""

from collections.abc import Iterator, Sequence

import msgspec

from reward_server.dashboard.page import Page
from reward_server.dashboard.parts.choices import Choice, choices, chooser
from reward_server.dashboard.parts.curves import Curves, curves
from reward_server.dashboard.parts.lines import lines
from reward_server.dashboard.sources import Sources
from reward_server.report.markup import Markup, element, visible
from reward_server.store.reading import Run


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the URL says."""

    run: str | None = None
    """A run's number or name; left out, the newest."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows."""

    runs: Sequence[Choice]
    run: Run
    curves: Curves


def view(sources: Sources, query: Query) -> View:
    """Read a run."""
    run = sources.run(query.run)
    return View(runs=choices(sources.runs()), run=run, curves=curves(sources.history(run)))


def body(shown: View, _: Query) -> Iterator[Markup]:
    """Draw it."""
    yield element("h1", visible(shown.run.name), element("small", f" {visible(shown.run.reward)}"))
    yield chooser(shown.runs, shown.run.id)
    yield element("div", *charts(shown.curves), class_="charts")


def whole(sources: Sources, run: Run) -> Iterator[Markup]:
    """The same for a report."""
    yield element("div", *charts(curves(sources.history(run))), class_="charts")


def charts(run: Curves) -> Iterator[Markup]:
    """Every picture of the overview."""
    colours = {name: place for place, name in enumerate(run.mean)}
    yield lines("Mean of each component", "mean", run.mean, colours)
    yield lines("Spread within a group", "standard deviation", run.within, colours)
    yield lines("Share of the advantage's variance", "share", run.advantage_share, colours)
    yield lines("Dead groups, by why", "share of groups", run.dead_groups, high=1)
    yield lines("Length of the reasoning", "words", run.words)
    yield lines("Unscored rollouts, by cause", "share of rollouts", run.unscored, high=1)
    yield lines("Odd completions", "share of rollouts", run.odd, high=1)


PAGE = Page("Overview", "/", Query, view, body, live=True)
