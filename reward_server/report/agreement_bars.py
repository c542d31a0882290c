"""Kappa and alpha of each criterion with their intervals, beside what people reach among themselves."""

from collections.abc import Iterator, Sequence
from math import floor

from reward_server.report.figures import SCALE_BARS, STATEMENT_BARS, with_interval
from reward_server.report.markup import Markup, element, visible
from rubrics.agreement.measures import Agreement, Measure

_NAMES, _WIDTH, _RIGHT = 190, 720, 20
"""Pixels: the column of names, the whole picture, and what is left free at its end."""
_ROW, _BAR, _TOP = 46, 12, 6
_LONGEST = 21
"""Letters of a name that fit beside its bars."""


def agreement_bars(found: Sequence[Agreement]) -> Markup:
    """One row for each criterion."""
    least = min([0.0, *(floor(4 * low) / 4 for each in found for low in _lows(each))])
    axis = _Axis(max(least, -1.0))
    bottom = _TOP + _ROW * len(found)
    rows = (mark for place, each in enumerate(found) for mark in _row(axis, each, _TOP + place * _ROW))
    return element(
        "svg",
        *axis.drawn(bottom),
        *rows,
        viewBox=f"0 0 {_WIDTH} {bottom + 24}",
        role="img",
        aria_label="Kappa and alpha of each criterion with their intervals",
        class_="wide",
    )


class _Axis:
    """From `least`, which is 0 or below, to 1."""

    def __init__(self, least: float) -> None:
        self.least = least

    def x(self, value: float) -> float:
        room = _WIDTH - _RIGHT - _NAMES
        return _NAMES + (max(value, self.least) - self.least) / (1 - self.least) * room

    def drawn(self, bottom: float) -> Iterator[Markup]:
        for step in range(round(4 * self.least), 5):
            across = self.x(step / 4)
            kind = "zero" if step == 0 else "grid"
            yield element("line", x1=across, x2=across, y1=_TOP - 4, y2=bottom, class_=kind)
            label = f"{step / 4:g}"
            yield element("text", label, x=across, y=bottom + 17, class_="tick", text_anchor="middle")


def _row(axis: _Axis, agreement: Agreement, top: float) -> Iterator[Markup]:
    name = visible(agreement.criterion)
    cut = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
    middle = top + _ROW / 2
    text = element("text", cut, x=_NAMES - 12, y=middle + 4, class_="name", text_anchor="end")
    yield element("g", element("title", name), text)
    kappa, alpha, people = (agreement.measures[key] for key in _bars(agreement))
    yield from _bar(axis, "kappa", kappa, middle - _BAR - 2)
    yield from _bar(axis, "alpha", alpha, middle + 2)
    if people.value is not None:
        yield from _ceiling(axis, people, middle)


def _bar(axis: _Axis, name: str, measure: Measure, top: float) -> Iterator[Markup]:
    if measure.value is None:
        words = f"{name} is undefined"
        yield element("text", words, x=axis.x(0) + 6, y=top + _BAR - 2, class_="number")
        return
    left, right = sorted((axis.x(0), axis.x(measure.value)))
    title = element("title", f"{name} {with_interval(measure)}")
    yield element("rect", title, x=left, y=top, width=right - left, height=_BAR, class_=name)
    if measure.interval is not None:
        low, high, middle = axis.x(measure.interval.low), axis.x(measure.interval.high), top + _BAR / 2
        yield element(
            "path",
            d=f"M{low:.1f} {middle - 3:g}v6M{low:.1f} {middle:g}H{high:.1f}M{high:.1f} {middle - 3:g}v6",
            class_="whisker",
        )


def _ceiling(axis: _Axis, people: Measure, middle: float) -> Iterator[Markup]:
    assert people.value is not None
    across, up, down = axis.x(people.value), middle - _BAR - 6, middle + _BAR + 6
    title = element("title", f"people among themselves: kappa {with_interval(people)}")
    yield element("path", title, d=f"M{across:.1f} {up:g}V{down:g}", class_="people")


def _bars(agreement: Agreement) -> tuple[str, str, str]:
    return STATEMENT_BARS if "sensitivity" in agreement.measures else SCALE_BARS


def _lows(agreement: Agreement) -> Iterator[float]:
    for name in _bars(agreement):
        measure = agreement.measures[name]
        if measure.value is not None:
            yield measure.value if measure.interval is None else min(measure.value, measure.interval.low)
