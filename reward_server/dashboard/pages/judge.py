"""Judge: how fast it answers, what it is asked, what it takes, and how its replicas are doing now."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from judges.cost.step import Rates, money
from judges.judge_status import JudgeStatus
from reward_server.alarms.alarm import Alarm
from reward_server.alarms.rounds import Round
from reward_server.alarms.table import rounds_of
from reward_server.dashboard.page import Page
from reward_server.dashboard.parts.alarms import Link, page_link, spans
from reward_server.dashboard.parts.chart import Chart, figures
from reward_server.dashboard.parts.choices import Choice, choices, chooser
from reward_server.dashboard.parts.judging_curves import JudgingCurves, judging_curves
from reward_server.dashboard.parts.lines import lines
from reward_server.dashboard.parts.probes import probes
from reward_server.dashboard.parts.replicas import replicas
from reward_server.dashboard.sources import Sources
from reward_server.history.statistics import History
from reward_server.report.markup import Markup, element, visible
from reward_server.report.tables import cell, row, table
from reward_server.report.words import number, seconds, share
from reward_server.store.reading import Run

Price = Annotated[float, Meta(ge=0, le=1e6)]


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the URL says."""

    run: str | None = None
    """A run's number or name; left out, the newest."""
    price_in: Price | None = None
    """Money for a million prompt tokens."""
    price_cached: Price | None = None
    """Money for a million of them out of the engine's cache; left out, the same."""
    price_out: Price | None = None
    """Money for a million tokens of replies."""


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What judging a whole run took."""

    calls: int
    failed: int
    spared: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    money: float | None
    """None without prices."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows."""

    runs: Sequence[Choice]
    run: Run
    judges: Mapping[str, JudgeStatus]
    """The judges that are open now, by `reward/judge`; none in a report."""
    totals: Totals
    curves: JudgingCurves
    alarms: Sequence[Alarm]
    """About judging, in the order in which they were raised."""
    probes: Sequence[Round]
    """Rounds of canaries and anchors, in order."""


_ALARMS = ("unscored_fraction", "judge_false_positives", "judge_drift")


def view(sources: Sources, query: Query) -> View:
    """Read a run and the server."""
    run = sources.run(query.run)
    history = sources.history(run)
    live = {} if sources.live is None else sources.live.judges
    return View(
        runs=choices(sources.runs()),
        run=run,
        judges={f"{reward}/{judge}": status for (reward, judge), status in live.items()},
        totals=_totals(history, query),
        curves=judging_curves(history),
        alarms=_alarms(sources, run),
        probes=_probes(sources, run),
    )


def _alarms(sources: Sources, run: Run) -> Sequence[Alarm]:
    return [alarm for alarm in sources.alarms(run) if alarm.name in _ALARMS]


def _probes(sources: Sources, run: Run) -> Sequence[Round]:
    return [found for _, found in rounds_of(sources.kept, run.id)]


def _totals(history: History, query: Query) -> Totals:
    def total(name: str) -> int:
        return sum(getattr(step.judge, name) for step in history)

    prompt, cached, written = map(total, ("prompt_tokens", "cached_tokens", "completion_tokens"))
    return Totals(
        calls=total("calls"),
        failed=total("failed"),
        spared=total("spared"),
        prompt_tokens=prompt,
        cached_tokens=cached,
        completion_tokens=written,
        money=_money(prompt, cached, written, query),
    )


def _money(prompt: int, cached: int, written: int, query: Query) -> float | None:
    if query.price_in is None or query.price_out is None:
        return None
    rates = Rates(price_in=query.price_in, price_out=query.price_out, price_cached=query.price_cached)
    return money(prompt, prompt - cached, written, rates)


def body(shown: View, query: Query) -> Iterator[Markup]:
    """Draw it."""
    yield element("h1", "Judge", element("small", f" {visible(shown.run.name)}"))
    yield chooser(shown.runs, shown.run.id)
    if shown.judges:
        yield element("h2", "Now")
        yield replicas(shown.judges)
    yield element("h2", "Over the run")
    yield _total_table(shown.totals)
    yield _prices(query, shown.run)
    yield figures(charts(shown.curves, shown.alarms))
    yield from _probed(shown.probes, shown.alarms, page_link(shown.run.id), told=True)


def whole(sources: Sources, run: Run, link: Link) -> Iterator[Markup]:
    """The same for a report, whose links lead to rollouts by `link`."""
    history, raised = sources.history(run), _alarms(sources, run)
    yield _total_table(_totals(history, Query()))
    yield figures(charts(judging_curves(history), raised), told=False)
    yield from _probed(_probes(sources, run), raised, link, told=False)


def _probed(found: Sequence[Round], raised: Sequence[Alarm], link: Link, *, told: bool) -> Iterator[Markup]:
    yield element("h2", "Canaries and anchors")
    yield from probes(found, raised, link, told=told)


def charts(run: JudgingCurves, raised: Sequence[Alarm]) -> Iterator[Chart]:
    """Every picture of judging."""
    yield lines("Seconds of a call", "seconds (log)", run.seconds, log=True, write=seconds)
    yield lines("Calls and answers without one", "per step", run.questions)
    unscored = spans(raised, "unscored_fraction")
    yield lines("Calls that brought nothing", "share of calls", run.failed, spans=unscored)
    yield lines("Prompt tokens out of the engine's cache", "share of prompt tokens", run.cached, high=1)
    yield lines("Tokens", "per step", run.tokens)
    yield lines("Disagreement of votes", "mean over rollouts", run.disagreement)


def _total_table(totals: Totals) -> Markup:
    questions = totals.calls + totals.spared
    cells = (
        cell(number(totals.calls)),
        cell(number(totals.spared), share(totals.spared / questions) if questions else None),
        cell(number(totals.failed), share(totals.failed / totals.calls) if totals.calls else None),
        cell(number(totals.prompt_tokens)),
        cell(number(totals.cached_tokens), _of(totals.cached_tokens, totals.prompt_tokens)),
        cell(number(totals.completion_tokens)),
        cell(number(totals.money)),
    )
    headings = ("", "calls", "without a call", "failed", "prompt tokens", "cached", "reply tokens", "money")
    return table(headings, [row("the whole run", *cells)])


def _of(part: int, whole: int) -> str | None:
    return share(part / whole) if whole else None


_PRICES: Sequence[tuple[str, str]] = (
    ("price_in", "prompt"),
    ("price_cached", "cached"),
    ("price_out", "reply"),
)


def _prices(query: Query, run: Run) -> Markup:
    """A form for prices of a million tokens."""
    fields = [
        element(
            "label",
            f"{words} ",
            element("input", name=name, value=_written(getattr(query, name)), size="6", inputmode="decimal"),
        )
        for name, words in _PRICES
    ]
    said = element("span", "Prices of a million tokens:", class_="small")
    kept = element("input", type="hidden", name="run", value=str(run.id))
    return element("form", kept, said, *fields, element("button", "count", type="submit"))


def _written(price: float | None) -> str:
    return "" if price is None else f"{price:g}"


PAGE = Page("Judge", "/judge", Query, view, body, live=True)
