"""What a reader in a hurry needs: the verdict, the key figures, and who is the limit."""

from collections.abc import Iterator

from reward_server.load.figures.named import failed
from reward_server.load.page.phases import headline, named
from reward_server.load.report import PhaseFigures, Report
from reward_server.load.words import load_of, rate, seconds, share
from reward_server.report.markup import Markup, element, visible
from reward_server.report.tables import MISSING

Tile = tuple[str, str, str]
"""What it is, its value, and something small."""

_WHO = {
    "judge": "The judge is the limit",
    "server": "The reward server is the limit",
    "client": "The load generator is the limit",
    "unknown": "Nothing proves what the limit is",
    "none": "No limit was met",
}
_LONG = 2000
"""Letters of a sentence that are shown."""


def summary(report: Report) -> Iterator[Markup]:
    """The top of the page."""
    target = report.target
    names = [target.url, *(each for each in (target.model, target.rubric) if each is not None)]
    yield element("p", " \N{MIDDLE DOT} ".join(visible(each) for each in names), class_="small")
    yield element("p", visible(report.verdict, _LONG), class_="verdict")
    if report.interrupted:
        yield element("p", "Interrupted: this is what there was until then.", class_="note")
    yield from (element("p", visible(each, _LONG), class_="note plain") for each in report.notes)
    yield element("div", *(_tile(each) for each in _tiles(report)), class_="tiles")


def limit(report: Report) -> Markup:
    """Who limited what was reached, with the evidence."""
    points = [element("li", visible(each, _LONG)) for each in report.limit.evidence]
    return element(
        "section",
        element("h2", _WHO[report.limit.who]),
        element("ul", *points) if points else element("p", "There is no evidence for more.", class_="small"),
        class_="limit-of",
    )


def _tile(tile: Tile) -> Markup:
    name, value, small = tile
    return element(
        "div", element("span", name, class_="of"), element("b", value), element("small", small), class_="tile"
    )


def _tiles(report: Report) -> Iterator[Tile]:
    phase = headline(report)
    yield "sustained", _per_second(report.sustained_rollouts_s), _interval(phase)
    yield "knee", *_knee(report)
    if phase is not None:
        yield from _of(phase, report.slo_s)


def _of(phase: PhaseFigures, slo_s: float | None) -> Iterator[Tile]:
    small = f"at {named(phase)}"
    if phase.rollout_latency is not None:
        median = f"p50 {seconds(phase.rollout_latency.p50)}, {small}"
        yield "p99 of a rollout", seconds(phase.rollout_latency.p99), median
    if phase.step_s is not None:
        yield "a step", seconds(phase.step_s), f"of {phase.load:,.0f} rollouts"
    if phase.goodput_rollouts_s is not None and slo_s is not None:
        yield "goodput", _per_second(phase.goodput_rollouts_s), f"rollouts within {seconds(slo_s)}"
    if phase.verdicts_s is not None:
        yield "verdicts", _per_second(phase.verdicts_s), f"{rate(phase.calls_s)} calls/s"
    if phase.cache_hit_rate is not None:
        yield "prefix cache", share(phase.cache_hit_rate), "of prompt tokens found in it"
    yield "failed", share(failed(phase)), f"abstained {share(phase.abstained)}"


def _per_second(value: float | None) -> str:
    return MISSING if value is None else f"{rate(value)}/s"


def _interval(phase: PhaseFigures | None) -> str:
    if phase is None:
        return "the client was the limit everywhere, or nothing ran"
    found = phase.intervals.get("rollouts_s")
    return "rollouts" if found is None else f"rollouts; {rate(found.low)} to {rate(found.high)}"


def _knee(report: Report) -> tuple[str, str]:
    if report.knee is None:
        return MISSING, visible(report.no_knee or "not looked for", 200)
    return load_of(report.knee.shape, report.knee.load), "beyond it only latency grows"
