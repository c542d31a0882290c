"""The test second by second: what came out, how long it took, what was in flight."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from reward_server.load.figures.words import number
from reward_server.load.page.legend import figure, legend
from reward_server.load.page.moments import Span, spans
from reward_server.load.report import Report
from reward_server.load.words import rate, seconds
from reward_server.report.markup import Markup, element
from reward_server.report.plot import Plot, Point
from reward_server.report.scale import Linear, Log, Scale

Series = tuple[str, str, Callable[[Span], float | None]]
"""The class of its line, its name, and its values."""

_RATES: Sequence[Series] = (("p50", "rollouts/s", lambda each: each.rollouts_s),)
_LATENCIES: Sequence[Series] = (
    ("p50", "p50", lambda each: each.p50),
    ("p99", "p99", lambda each: each.p99),
)
_QUEUES: Sequence[Series] = (
    ("p50", "in flight", lambda each: each.in_flight),
    ("p999", "running in the engine", lambda each: each.running),
    ("p99", "waiting in the engine", lambda each: each.waiting),
)
_FAILURES: Sequence[Series] = (("bad", "failures/s", lambda each: each.failures_s),)
_LABEL = 22.0
"""Pixels that the load of a phase takes."""


def timeline(report: Report) -> Iterator[Markup]:
    """Up to four pictures over the same seconds; nothing where nothing was seen."""
    seen = spans(report.timeline, report.timeline_step_s)
    if not seen:
        return
    yield _picture(report, seen, "Throughput", "rollouts per second", _RATES)
    if any(each.p50 is not None for each in seen):
        yield _picture(report, seen, "Latency of calls", "latency (log)", _LATENCIES, latencies=True)
    yield _picture(report, seen, "In flight", "calls", _QUEUES)
    if any(each.failures_s for each in seen):
        yield _picture(report, seen, "Failures", "calls per second", _FAILURES)


def _picture(
    report: Report,
    seen: Sequence[Span],
    title: str,
    up: str,
    series: Sequence[Series],
    *,
    latencies: bool = False,
) -> Markup:
    known = [one for one in series if any(one[2](each) is not None for each in seen)]
    values = [value for *_, of in known for each in seen if (value := of(each)) is not None]
    plot = _plot(seen, Log.over(values) if latencies else Linear.over(values, most=5), latencies=latencies)
    drawn = plot.drawn(
        f"{title} over time",
        "seconds",
        up,
        *_warm(plot, seen),
        *_phases(plot, report),
        *(mark for kind, _, of in known for mark in _line(plot, seen, kind, of)),
    )
    return figure(title, drawn, legend([*((kind, name) for kind, name, _ in known), *_warmed(seen)]))


def _plot(seen: Sequence[Span], up: Scale, *, latencies: bool) -> Plot:
    across = Linear.exactly(min(seen[0].start, 0.0), seen[-1].end)
    write = seconds if latencies else rate
    return Plot(across, up, height=160, left=92, top=22, write_x=number, write_y=write)


def _warm(plot: Plot, seen: Sequence[Span]) -> Iterator[Markup]:
    for warming, together in groupby(seen, key=lambda each: each.warming):
        if warming:
            first, *rest = together
            last = rest[-1] if rest else first
            yield plot.bar(first.start, last.end, plot.up.high, "warm", "warm-up: not counted")


def _warmed(seen: Sequence[Span]) -> Sequence[tuple[str, str]]:
    return [("warm", "warm-up, not counted")] if any(each.warming for each in seen) else []


def _phases(plot: Plot, report: Report) -> Iterator[Markup]:
    """A line where a phase begins, and its load above, as far as there is room."""
    free = 0.0
    for phase, start in _starts(report):
        x = plot.x(start)
        yield plot.line((start, plot.up.low), (start, plot.up.high), "begins")
        if x >= free and phase < len(report.phases):
            yield element("text", number(report.phases[phase].load), x=x + 2, y=plot.top - 6, class_="number")
            free = x + _LABEL


def _starts(report: Report) -> Iterator[tuple[int, float]]:
    for phase, together in groupby(report.timeline, key=lambda each: each.phase):
        if phase is not None:
            yield phase, next(together).at


def _line(
    plot: Plot, seen: Sequence[Span], kind: str, of: Callable[[Span], float | None]
) -> Iterator[Markup]:
    """Lines that break where nothing is known, and dots for what stands alone."""
    for known, together in groupby(seen, key=lambda each: of(each) is not None):
        points = [_point(each, of) for each in together] if known else []
        if len(points) == 1:
            yield plot.dot(points[0], 2, kind)
        elif points:
            yield plot.path(points, f"curve thin {kind}")


def _point(span: Span, of: Callable[[Span], float | None]) -> Point:
    return (span.start + span.end) / 2, of(span) or 0
