"""Curves by name as one chart, coloured by their order or by a given one."""

from collections.abc import Mapping

from reward_server.dashboard.parts.chart import Chart, Line, Span, Write
from reward_server.dashboard.parts.curves import Points
from reward_server.report.markup import visible
from reward_server.report.words import compact


def lines(
    title: str,
    up: str,
    curves: Mapping[str, Points],
    colours: Mapping[str, int] | None = None,
    *,
    high: float | None = None,
    log: bool = False,
    write: Write = compact,
    spans: tuple[Span, ...] = (),
) -> Chart:
    """A chart of curves; `colours` keeps a name's colour the same in several charts."""
    places = colours or {name: place for place, name in enumerate(curves)}
    drawn = [Line(visible(name), points, places[name]) for name, points in curves.items()]
    return Chart(title=title, up=up, lines=drawn, high=high, log=log, write=write, spans=spans)
