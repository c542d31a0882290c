"""How latencies spread, load by load, over one log axis."""

from collections.abc import Iterator, Sequence

from reward_server.load.page.legend import figure, legend
from reward_server.load.page.phases import LIMITED, kind, named
from reward_server.load.report import Bin, Latency, PhaseFigures, Report
from reward_server.load.words import seconds, share
from reward_server.report.markup import Markup, element
from reward_server.report.plot import Plot
from reward_server.report.scale import Linear, Log, Scale

_MOST = 24
"""Pictures on a page."""
_KEYS = (("p50", "p50"), ("p99", "p99"))


def histograms(report: Report) -> Iterator[Markup]:
    """A small picture for each phase that has answers; the same axes for all, to compare."""
    shown = [each for each in report.phases if each.latency and sum(bin_.count for bin_ in each.histogram)]
    if not shown:
        return
    ends = [end for each in shown for bin_ in _filled(each) for end in (bin_.low, bin_.high)]
    across = Log.over(ends, most=5)
    up = Linear.over((value for each in shown for value in _shares(each)), most=3)
    yield element("div", *(_picture(each, across, up) for each in shown[:_MOST]), class_="figures small-ones")
    hollow = [("bar hollow", LIMITED)] if any(each.client_limited for each in shown) else []
    yield legend([*_KEYS, *hollow])
    if len(shown) > _MOST:
        yield element("p", f"The first {_MOST} of {len(shown)} loads.", class_="small")


def _picture(phase: PhaseFigures, across: Scale, up: Scale) -> Markup:
    plot = Plot(across, up, width=340, height=110, left=58, write_x=seconds, write_y=share)
    drawn = plot.drawn(
        f"Latencies of calls: {named(phase)}",
        "latency of a call (log)",
        "calls",
        *_bars(plot, phase),
        *_marks(plot, phase.latency),
    )
    return figure(named(phase), drawn)


def _bars(plot: Plot, phase: PhaseFigures) -> Iterator[Markup]:
    total = sum(each.count for each in phase.histogram)
    for each in _filled(phase):
        title = f"{seconds(each.low)} to {seconds(each.high)}: {each.count:,} calls"
        yield plot.bar(each.low, each.high, each.count / total, kind(phase, "bar"), title)


def _marks(plot: Plot, latency: Latency | None) -> Iterator[Markup]:
    if latency is not None:
        for name, value in (("p50", latency.p50), ("p99", latency.p99)):
            yield plot.line((value, 0), (value, plot.up.high), f"upright {name}")


def _filled(phase: PhaseFigures) -> Sequence[Bin]:
    return [each for each in phase.histogram if each.count]


def _shares(phase: PhaseFigures) -> Iterator[float]:
    total = sum(each.count for each in phase.histogram)
    return (each.count / total for each in phase.histogram)
