"""Charts: what is drawn of long, broken and hostile lines."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from reward_server.dashboard.parts.chart import MOST, Chart, Line, Span, thinned

values = st.one_of(st.none(), st.floats(-1e6, 1e6))


def drawn(*lines: Line, spans: tuple[Span, ...] = ()) -> str:
    return str(Chart(title="t", up="u", lines=lines, spans=spans).drawn())


@given(st.lists(values, min_size=1, max_size=5_000))
def test_thinning_keeps_the_extremes_and_the_order(column: list[float | None]) -> None:
    points = list(enumerate(column))
    thin = thinned(points)
    assert len(thin) <= max(MOST, min(len(points), MOST)) + 1
    assert [step for step, _ in thin] == sorted({step for step, _ in thin})
    there = [value for value in column if value is not None]
    kept = [value for _, value in thin if value is not None]
    assert bool(there) == bool(kept)
    if there:
        assert (min(kept), max(kept)) == (min(there), max(there))


def test_a_gap_breaks_the_line_and_a_lone_value_is_a_point() -> None:
    shown = drawn(Line("a", [(0, 1.0), (1, 2.0), (2, None), (3, 3.0), (4, None), (5, 1.0), (6, 1.0)]))
    assert shown.count('class="line c0"') == 2
    assert shown.count('class="point c0"') == 1


def test_nothing_is_drawn_of_nothing() -> None:
    shown = drawn(Line("a", [(0, None), (1, None)]), Line("b", []))
    assert "<svg" not in shown
    assert "none" in shown


def test_one_step_alone_is_a_picture() -> None:
    assert "<svg" in drawn(Line("a", [(7, 0.0)]))


def test_the_axis_holds_every_value_and_zero() -> None:
    shown = drawn(Line("a", [(0, -0.3), (1, 0.9)]))
    ticks = [float(each) for each in re.findall(r'text-anchor="end">([^<]*)<', shown)]
    assert min(ticks) <= -0.3
    assert max(ticks) >= 0.9
    assert 0.0 in ticks


def test_names_are_text_and_the_numbers_are_for_the_pointer() -> None:
    shown = drawn(Line('"><script>x</script>', [(0, 1.0), (1, 2.0)]))
    assert "<script>" not in shown
    told = re.search(r'data-lines="([^"]*)"', shown)
    assert told is not None
    lines = json.loads(told[1].replace("&quot;", '"').replace("&gt;", ">").replace("&lt;", "<"))
    assert lines == [['"><script>x</script>', [[0, 1.0], [1, 2.0]]]]


def test_a_span_is_as_wide_as_its_steps() -> None:
    shown = drawn(
        Line("a", [(0, 1.0), (10, 1.0)]), spans=(Span(0, 10, "all of it"), Span(10, 10, "a moment"))
    )
    wide, narrow = (float(each) for each in re.findall(r'width="([\d.]+)" height="180" class="span"', shown))
    assert wide == 560 - 72 - 18
    assert narrow == 2.0
