"""Bars of several parts, one for each phase."""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from reward_server.report.markup import Markup, element, visible
from reward_server.report.scale import Linear

_WIDTH, _NAMES, _END = 520, 150, 60
"""Pixels: of the picture, of the names before the bars, and for what stands behind the longest bar."""
_ROW, _BAR, _TOP = 26, 16, 4
_LONGEST = 24
"""Letters of a name that fit before its bar."""


class Bar(msgspec.Struct, frozen=True):
    """One row: its name, parts as (class, name, value), and what stands at its end."""

    name: str
    parts: Sequence[tuple[str, str, float]]
    end: str = ""


def stacked(bars: Sequence[Bar], title: str, across: str, write: Callable[[float], str]) -> Markup:
    """All bars over one axis from 0."""
    axis = Linear.over([sum(value for *_, value in bar.parts) for bar in bars], most=4)
    bottom = _TOP + _ROW * len(bars)
    middle = _NAMES + (_WIDTH - _NAMES - _END) / 2
    return element(
        "svg",
        *_ticks(axis, bottom, write),
        element("text", across, x=middle, y=bottom + 34, class_="axis", text_anchor="middle"),
        *(mark for place, bar in enumerate(bars) for mark in _row(axis, bar, _TOP + _ROW * place, write)),
        viewBox=f"0 0 {_WIDTH} {bottom + 42}",
        role="img",
        aria_label=title,
    )


def _x(axis: Linear, value: float) -> float:
    return _NAMES + axis.share(value) * (_WIDTH - _NAMES - _END)


def _ticks(axis: Linear, bottom: float, write: Callable[[float], str]) -> Iterator[Markup]:
    for tick in axis.ticks():
        x = _x(axis, tick)
        yield element("line", x1=x, y1=_TOP, x2=x, y2=bottom, class_="grid")
        yield element("text", write(tick), x=x, y=bottom + 17, class_="tick", text_anchor="middle")


def _row(axis: Linear, bar: Bar, top: float, write: Callable[[float], str]) -> Iterator[Markup]:
    name = visible(bar.name, _LONGEST)
    base = top + _ROW / 2 + 4
    text = element("text", name, x=_NAMES - 10, y=base, class_="name", text_anchor="end")
    yield element("g", element("title", bar.name), text)
    total = 0.0
    for kind, part, value in bar.parts:
        left, right = _x(axis, total), _x(axis, total + value)
        total += value
        said = element("title", f"{bar.name}: {part} {write(value)}")
        place = {"x": left, "y": top + (_ROW - _BAR) / 2, "width": right - left, "height": _BAR}
        yield element("rect", said, class_=kind, **place)
    yield element("text", bar.end, x=_x(axis, total) + 6, y=base, class_="tick")
