"""What is drawn lies where its numbers say."""

import re

from reward_server.report.plot import Plot
from reward_server.report.scale import Linear
from tests.reward_server.report.reading import Page

PLOT = Plot(Linear(0, 10, 5), Linear(0, 100, 50), width=200, height=100, left=40, right=10, top=10)


def test_marks_lie_where_their_numbers_say() -> None:
    assert 'cx="115" cy="60" r="3"' in PLOT.dot((5, 50), 3, "p50")
    assert 'd="M40.0 110.0L115.0 60.0L190.0 10.0"' in PLOT.path([(0, 0), (5, 50), (10, 100)], "curve")
    assert 'd="M40.0 110L40.0 60.0L190.0 10.0L190.0 110Z"' in PLOT.area([(0, 50), (10, 100)], "under")
    assert 'x="115" y="60" width="74" height="50"' in PLOT.bar(5, 10, 50, "count", "3 calls")
    assert 'x1="40" y1="60" x2="190" y2="60"' in PLOT.line((0, 50), (10, 50), "limit")


def test_what_lies_beyond_the_axes_is_drawn_at_their_ends() -> None:
    assert 'cx="190" cy="10"' in PLOT.dot((11, 1e9), 3, "p50")


def test_points_on_the_same_pixels_are_drawn_once() -> None:
    many = PLOT.path([(n / 1e6, 0) for n in range(10_000)], "curve")
    assert len(re.findall(r"\d+\.\d \d+\.\d", many)) == 2


def test_the_picture_has_named_axes_ticks_and_a_name_of_its_own() -> None:
    read = Page(PLOT.drawn("Latency by load", "load", "latency"))
    assert read.texts == ["0", "5", "10", "0", "50", "100", "load", "latency"]
    assert read.count("line", "grid") == 6
    _, whole = read.elements[0]
    assert whole == {"viewbox": "0 0 200 160", "role": "img", "aria-label": "Latency by load"}
