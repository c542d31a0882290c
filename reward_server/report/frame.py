"""The unit square as a frame to draw in: axes from 0 to 1, with a grid."""

from collections.abc import Sequence

from msgspec.structs import replace

from reward_server.report.markup import Markup
from reward_server.report.plot import Plot
from reward_server.report.scale import Linear

TOP, SIDE = 10, 240
"""Pixels above the drawing area, and of its sides."""
_UNIT = Linear(0, 1, step=0.25)
_SQUARE = Plot(_UNIT, _UNIT, width=340, height=SIDE, left=46, right=54, top=TOP)


def x(value: float) -> float:
    """Where a value from 0 to 1 lies from the left."""
    return _SQUARE.x(value)


def frame(title: str, across: str, up: str, *drawn: Markup, below: float = 0) -> Markup:
    """A picture with named axes, and room below the square if so many pixels are asked for."""
    return replace(_SQUARE, below=below).drawn(title, across, up, *drawn)


def line(start: tuple[float, float], end: tuple[float, float], kind: str) -> Markup:
    """A line between two points of the unit square."""
    return _SQUARE.line(start, end, kind)


def path(points: Sequence[tuple[float, float]], kind: str) -> Markup:
    """A line through points of the unit square."""
    return _SQUARE.path(points, kind)


def dot(point: tuple[float, float], radius: float, kind: str, *title: str) -> Markup:
    """A circle, with a title that a browser shows when it is pointed at."""
    return _SQUARE.dot(point, radius, kind, *title)
