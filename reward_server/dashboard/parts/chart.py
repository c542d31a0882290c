"""A chart of lines over steps: one picture for a page and for a report."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from math import ceil, floor, inf

import msgspec

from reward_server.report.markup import Markup, element
from reward_server.report.plot import Plot, Point
from reward_server.report.scale import Linear, Log, Scale

MOST = 700
"""Points of one line; there are not more pixels."""
COLOURS = 8
"""Colours that the style sheet knows: `c0` to `c7`."""

_HAIR = 1e-9
"""Slack for numbers that rounding has moved off a tick, in steps."""

Write = Callable[[float], str]


class Line(msgspec.Struct, frozen=True):
    """Values by step; None where there is none, which breaks the line."""

    name: str
    points: Sequence[tuple[float, float | None]]
    colour: int = 0
    """Its place among the colours."""
    dashed: bool = False


class Span(msgspec.Struct, frozen=True):
    """Steps that are marked: while an alarm was raised."""

    start: float
    end: float
    title: str


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """Lines over a common axis."""

    title: str
    up: str
    """What the vertical axis shows, with its unit."""
    lines: Sequence[Line]
    across: str = "step"
    spans: Sequence[Span] = ()
    high: float | None = None
    """Where it ends at least."""
    log: bool = False
    write: Write = "{:,g}".format
    """Writes a value."""

    def drawn(self, *, told: bool = True) -> Markup:
        """The chart with its legend. `told`: with its values, which a script shows under the pointer."""
        lines = [line for line in self.lines if any(value is not None for _, value in line.points)]
        caption = element("figcaption", self.title)
        if not lines:
            return element("figure", caption, element("p", "none", class_="small"), class_="chart")
        return element("figure", caption, self._picture(lines, told), _legend(lines), class_="chart")

    def _picture(self, lines: Sequence[Line], told: bool) -> Markup:
        thin = [msgspec.structs.replace(line, points=thinned(line.points)) for line in lines]
        plot = self._plot(thin)
        marks = [*_spans(plot, self.spans), *(mark for line in thin for mark in _drawn(plot, line))]
        picture = plot.drawn(self.title, self.across, self.up, *marks)
        if not told:
            return element("div", picture, class_="plot")
        values = [[line.name, line.points] for line in thin]
        box = [plot.across.low, plot.across.high, plot.left, plot.width - plot.right, plot.top, plot.floor]
        return element("div", picture, class_="plot", data_lines=_json(values), data_box=_json(box))

    def _plot(self, lines: Sequence[Line]) -> Plot:
        steps = [step for line in lines for step, _ in line.points]
        across = Linear.exactly(min(steps), max(*steps, min(steps) + 1))
        return Plot(
            across, self._scale(lines), width=560, height=180, left=72, write_x=_step, write_y=self.write
        )

    def _scale(self, lines: Sequence[Line]) -> Scale:
        values = [value for line in lines for _, value in line.points if value is not None]
        if self.log:
            return Log.over(values)
        high = max(*values, -inf if self.high is None else self.high, 0)
        low = min(*values, 0)
        step = Linear.over([high - low]).step
        least, greatest = floor(low / step + _HAIR), ceil(high / step - _HAIR)
        return Linear(step * least, step * max(greatest, least + 1), step)  # 0 is a tick


def figures(charts: Iterable[Chart], *, told: bool = True) -> Markup:
    """Charts side by side; `told` as in `Chart.drawn`."""
    return element("div", *(chart.drawn(told=told) for chart in charts), class_="charts")


def thinned(
    points: Sequence[tuple[float, float | None]], most: int = MOST
) -> Sequence[tuple[float, float | None]]:
    """At most so many points: of each stretch the least and the greatest, so that no peak is lost."""
    if len(points) <= most:
        return points
    size = -(-2 * len(points) // most)
    kept: list[tuple[float, float | None]] = []
    for start in range(0, len(points), size):
        stretch = points[start : start + size]
        there = [point for point in stretch if point[1] is not None]
        if not there:
            kept.append(stretch[0])
            continue
        ends = {min(there, key=_value), max(there, key=_value)}
        kept.extend(sorted(ends, key=lambda point: point[0]))
    return kept


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _value(point: tuple[float, float | None]) -> float:
    return point[1] if point[1] is not None else 0.0


def _drawn(plot: Plot, line: Line) -> Iterator[Markup]:
    kind = f"line c{line.colour % COLOURS}" + (" dashed" if line.dashed else "")
    for stretch in _stretches(line.points):
        if len(stretch) > 1:
            yield plot.path(stretch, kind)
        else:
            yield plot.dot(stretch[0], 2, f"point c{line.colour % COLOURS}")


def _stretches(points: Sequence[tuple[float, float | None]]) -> Iterator[list[Point]]:
    for there, stretch in groupby(points, key=lambda point: point[1] is not None):
        if there:
            yield [(step, value) for step, value in stretch if value is not None]


def _spans(plot: Plot, spans: Sequence[Span]) -> Iterator[Markup]:
    for span in spans:
        left, right = plot.x(span.start), plot.x(span.end)
        words = element("title", span.title)
        width = max(2.0, right - left)
        yield element("rect", words, x=left, y=plot.top, width=width, height=plot.height, class_="span")


def _legend(lines: Sequence[Line]) -> Markup:
    keys = [
        element(
            "li",
            element("span", class_=f"key c{line.colour % COLOURS}" + (" dashed" if line.dashed else "")),
            line.name,
        )
        for line in lines
    ]
    return element("ul", *keys, class_="legend across")


def _step(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"
