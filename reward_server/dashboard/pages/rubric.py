"""Rubric: how often each criterion is met, whether it still tells rollouts apart, and what it weighs."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from reward_server.components.rubric import Rubric as RubricComponent
from reward_server.dashboard.page import Page
from reward_server.dashboard.parts.chart import Chart, figures
from reward_server.dashboard.parts.choices import Choice, choices, chooser
from reward_server.dashboard.parts.curves import Points, names, series
from reward_server.dashboard.parts.lines import lines
from reward_server.dashboard.parts.verdict_sample import MOST, Sampled, sample
from reward_server.dashboard.sources import Sources
from reward_server.history.statistics import CriterionStatistics, History
from reward_server.report.markup import Markup, element, visible
from reward_server.report.tables import cell, table
from reward_server.report.words import number, share
from reward_server.store.reading import Run
from rubrics.criteria.criterion import Criterion

SATURATED = 0.98
"""A criterion that is met, or not met, by more than this share tells no rollouts apart."""
_LONGEST = 160
"""Characters of a statement."""
_AT_ONCE = 8
"""Lines of one chart."""


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the URL says."""

    run: str | None = None
    """A run's number or name; left out, the newest."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows."""

    runs: Sequence[Choice]
    run: Run
    newest: Mapping[str, CriterionStatistics]
    """Each criterion in the newest step that has verdicts."""
    sampled: Mapping[str, Sampled]
    """Each criterion over the newest rollouts."""
    statements: Mapping[str, str]
    """What the rubric that is being served asks the judge, by criterion."""
    met: Mapping[str, Points]
    """Base rate by step."""
    within: Mapping[str, Points]
    """Mean standard deviation within a group, by step."""


def view(sources: Sources, query: Query) -> View:
    """Read a run."""
    run = sources.run(query.run)
    history = sources.history(run)
    asked = _asked(sources, run)
    known = names(history, lambda step: step.criteria)
    return View(
        runs=choices(sources.runs()),
        run=run,
        newest=_newest(history),
        sampled=sample(
            sources.kept, run, {each.id: each.label_path for each in asked if each.label_path is not None}
        ),
        statements={each.id: each.ask or "" for each in asked},
        met={name: _curve(history, name, "met") for name in known},
        within={name: _curve(history, name, "within") for name in known},
    )


def _asked(sources: Sources, run: Run) -> Sequence[Criterion]:
    """The statements of the rubrics that are being served."""
    function = None if sources.live is None else sources.live.functions.get(run.reward)
    components = () if function is None else (column.component for column in function.columns)
    rubrics = (component.opened for component in components if isinstance(component, RubricComponent))
    return [criterion for rubric in rubrics for criterion in rubric.criteria if criterion.ask is not None]


def _newest(history: History) -> Mapping[str, CriterionStatistics]:
    return next((step.criteria for step in reversed(history) if step.criteria), {})


def _curve(history: History, criterion: str, what: str) -> Points:
    return series(history, lambda step: getattr(step.criteria.get(criterion), what, None))


def body(shown: View, _: Query) -> Iterator[Markup]:
    """Draw it."""
    yield element("h1", "Rubric", element("small", f" {visible(shown.run.name)}"))
    yield chooser(shown.runs, shown.run.id)
    yield from _criteria_and_charts(shown, told=True)


def whole(sources: Sources, run: Run) -> Iterator[Markup]:
    """The same for a report."""
    return _criteria_and_charts(view(sources, Query(run=str(run.id))), told=False)


def _criteria_and_charts(shown: View, *, told: bool) -> Iterator[Markup]:
    if not shown.newest:
        yield element("p", "No component of this reward has a rubric.", class_="note")
        return
    yield _criteria(shown)
    yield element(
        "p",
        "Base rate and spread are of the newest step; weights, unscored verdicts and agreement of the newest "
        f"{MOST:,} rollouts. Labels stand where the rubric says, or in the metadata under ",
        element("code", "labels"),
        ".",
        class_="small",
    )
    yield figures(charts(shown), told=told)


def charts(shown: View) -> Iterator[Chart]:
    """Base rates and spreads, so many criteria in one picture as can be told apart."""
    known = list(shown.met)
    for start in range(0, len(known), _AT_ONCE):
        some = known[start : start + _AT_ONCE]
        place = f", {start + 1} to {start + len(some)}" if len(known) > _AT_ONCE else ""
        yield lines(f"Base rate{place}", "share met", {name: shown.met[name] for name in some}, high=1)
        within = {name: shown.within[name] for name in some}
        yield lines(f"Spread within a group{place}", "standard deviation", within)


def _criteria(shown: View) -> Markup:
    headings = (
        "criterion",
        "base rate",
        "mean",
        "spread within groups",
        "weight",
        "unscored",
        "agreement",
        "kappa",
    )
    return table(headings, [_row(shown, name, found) for name, found in shown.newest.items()])


def _row(shown: View, name: str, found: CriterionStatistics) -> Markup:
    asked = visible(shown.statements.get(name, ""), most=_LONGEST)
    return element(
        "tr",
        element(
            "th", visible(name), *([element("small", asked, class_="asked")] if asked else []), scope="row"
        ),
        cell(share(found.met), _saturation(found)),
        cell(number(found.mean)),
        cell(number(found.within)),
        *_of_sample(shown.sampled.get(name)),
    )


def _of_sample(sampled: Sampled | None) -> Sequence[Markup]:
    if sampled is None:
        return [cell(number(None))] * 4
    labelled = f"of {sampled.labelled:,}" if sampled.labelled else None
    return (
        cell(_weight(sampled)),
        cell(share(sampled.unscored / sampled.verdicts)),
        cell(share(sampled.agreement), labelled),
        cell(number(sampled.kappa)),
    )


def _saturation(found: CriterionStatistics) -> str | None:
    if found.met is None or 1 - SATURATED <= found.met <= SATURATED:
        return None
    return "always met" if found.met > SATURATED else "never met"


def _weight(sampled: Sampled) -> str:
    low, high = sampled.least_weight, sampled.greatest_weight
    return number(low) if low == high else f"{number(low)} to {number(high)}"


PAGE = Page("Rubric", "/rubric", Query, view, body, live=True, letter="c")
