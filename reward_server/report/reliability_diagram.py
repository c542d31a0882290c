"""Whether things called 0.8 hold eight times out of ten."""

from collections.abc import Iterator, Sequence
from math import sqrt

from reward_server.report.frame import SIDE, TOP, dot, frame, line, x
from reward_server.report.markup import Markup, element
from rubrics.agreement.evidence import Bin

_STRIP, _TALLEST = 60, 40
"""Pixels below the square for bars that count rollouts, and the height of the fullest bin's."""
_LARGEST = 8.0
_SMALLEST = 3.0
"""Radius of a bin's dot: its area grows with the rollouts."""


def reliability_diagram(bins: Sequence[Bin]) -> Markup:
    """Mean probability of each bin against the share that holds; bars below count rollouts."""
    most = max(each.rollouts for each in bins)
    filled = [each for each in bins if each.rollouts]
    return frame(
        "Reliability: share of labels that say it holds, by the judge's probability",
        "judge's probability",
        "share that holds",
        line((0, 0), (1, 1), "ideal"),
        *(mark for each in filled for mark in (*_dot(each, most), *_bar(each, most))),
        below=_STRIP,
    )


def _bar(found: Bin, most: float) -> Iterator[Markup]:
    height = found.rollouts / most * _TALLEST
    top, left, width = TOP + SIDE + _STRIP - height, x(found.low), x(found.high) - x(found.low)
    yield element("rect", x=left + 1, y=top, width=width - 2, height=height, class_="count")
    count = f"{found.rollouts:.0f}"
    yield element("text", count, x=left + width / 2, y=top - 3, class_="number", text_anchor="middle")


def _dot(found: Bin, most: float) -> Iterator[Markup]:
    assert found.probability is not None
    assert found.holds is not None
    place = (found.probability, found.holds)
    yield line((found.probability, found.probability), place, "gap")
    radius = max(_SMALLEST, _LARGEST * sqrt(found.rollouts / most))
    title = f"{found.rollouts:.0f} rollouts: says {found.probability:.2f}, holds {found.holds:.2f}"
    yield dot(place, radius, "found", title)
