"""Latency against throughput, with the knee: what more load brings, and what it costs."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import msgspec

from reward_server.load.figures.words import number
from reward_server.load.page.legend import figure, legend
from reward_server.load.page.phases import LIMITED, kind, named
from reward_server.load.record import Shape
from reward_server.load.report import Knee, PhaseFigures, Report
from reward_server.load.words import load_of, rate, seconds
from reward_server.report.markup import Markup, element
from reward_server.report.plot import Plot
from reward_server.report.scale import Linear, Log

_APART = 17.0
"""Pixels between labels that do not run into each other."""


class _Spot(msgspec.Struct, frozen=True):
    """A phase that has a place on the curve."""

    phase: PhaseFigures
    rollouts_s: float
    p50: float
    p99: float


def curve(report: Report) -> Markup | None:
    """One pair of lines for each shape of load; None where no phase completed anything."""
    spots = list(_spots(report.phases))
    if not spots:
        return None
    plot = _plot(spots, report)
    drawn = plot.drawn(
        "Latency of a rollout against rollouts a second",
        "rollouts completed per second",
        "latency of a rollout (log)",
        *_limits(plot, report),
        *chain.from_iterable(_lines(plot, each) for each in _by_shape(spots)),
        *_labels(plot, spots),
    )
    return figure("Latency against throughput", drawn, legend(_keys(report, spots)))


def _spots(phases: Iterable[PhaseFigures]) -> Iterator[_Spot]:
    for each in phases:
        found = each.rollout_latency or each.latency
        if found is not None and each.rollouts_s is not None:
            yield _Spot(each, each.rollouts_s, found.p50, found.p99)


def _plot(spots: Sequence[_Spot], report: Report) -> Plot:
    rates = [each.rollouts_s for each in spots]
    latencies = [value for each in spots for value in (each.p50, each.p99)]
    limit = () if report.slo_s is None else (report.slo_s,)
    up = Log.over([*latencies, *limit])
    return Plot(Linear.over(rates), up, height=300, left=92, right=36, write_x=number, write_y=seconds)


def _limits(plot: Plot, report: Report) -> Iterator[Markup]:
    if report.knee is not None:
        at = report.knee.rollouts_s
        line = plot.line((at, plot.up.low), (at, plot.up.high), "knee")
        yield element("g", element("title", _knee(report.knee)), line)
    if report.slo_s is not None:
        yield plot.line((plot.across.low, report.slo_s), (plot.across.high, report.slo_s), "limit")


def _by_shape(spots: Sequence[_Spot]) -> Iterator[list[_Spot]]:
    for shape in dict.fromkeys(each.phase.shape for each in spots):
        own = [each for each in spots if each.phase.shape == shape]
        yield sorted(own, key=lambda each: each.phase.load)


def _lines(plot: Plot, spots: Sequence[_Spot]) -> Iterator[Markup]:
    for name, heights in (("p50", [each.p50 for each in spots]), ("p99", [each.p99 for each in spots])):
        points = [(each.rollouts_s, height) for each, height in zip(spots, heights, strict=True)]
        if len(points) > 1:
            yield plot.path(points, f"curve {name}")
        for each, point in zip(spots, points, strict=True):
            yield plot.dot(point, 4.5, kind(each.phase, f"spot {name}"), _said(each, name, point[1]))


def _said(spot: _Spot, name: str, latency: float) -> str:
    return f"{named(spot.phase)}: {rate(spot.rollouts_s)} rollouts/s, {name} {seconds(latency)}"


def _labels(plot: Plot, spots: Sequence[_Spot]) -> Iterator[Markup]:
    """The load beside the upper dots, as far as there is room; the tooltips have the others."""
    taken: list[tuple[float, float]] = []
    for each in spots:
        x, y = plot.x(each.rollouts_s), plot.y(each.p99)
        if all(abs(x - a) >= _APART or abs(y - b) >= _APART for a, b in taken):
            taken.append((x, y))
            at = number(each.phase.load)
            yield element("text", at, x=x + 6, y=y - 6, class_="number")


def _keys(report: Report, spots: Sequence[_Spot]) -> Iterator[tuple[str, str]]:
    yield "p50", "p50"
    yield "p99", "p99; the number beside it is the load"
    if report.knee is not None:
        yield "knee", _knee(report.knee)
    if report.slo_s is not None:
        yield "limit", f"limit stated: {seconds(report.slo_s)}"
    if any(each.phase.client_limited for each in spots):
        yield "p99 hollow", LIMITED


def _knee(knee: Knee) -> str:
    shape: Shape = knee.shape
    return f"knee: {rate(knee.rollouts_s)} rollouts/s at {load_of(shape, knee.load)}"
