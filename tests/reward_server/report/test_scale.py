"""Axes hold every value, at places in order, with a few round ticks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.report.scale import Linear, Log, Scale

VALUES = st.lists(st.floats(0, 1e12, allow_nan=False), max_size=20)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([3, 41], [0, 10, 20, 30, 40, 50]),
        ([0.3], [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]),
        ([6], [0, 1, 2, 3, 4, 5, 6]),
        ([130], [0, 25, 50, 75, 100, 125, 150]),
        ([], [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ([0, 0], [0, 0.2, 0.4, 0.6, 0.8, 1]),
    ],
)
def test_linear_ticks(values: list[float], ticks: list[float]) -> None:
    scale = Linear.over(values)
    assert scale.ticks() == pytest.approx(ticks)
    assert scale.high >= max(values, default=0)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.03, 0.4], [0.02, 0.05, 0.1, 0.2, 0.5]),
        ([0.015, 8], [0.01, 0.1, 1, 10]),
        ([1], [1, 2, 5, 10]),
        ([0], [1, 2, 5, 10]),
        ([2, 5], [2, 5]),
    ],
)
def test_log_ticks(values: list[float], ticks: list[float]) -> None:
    assert Log.over(values).ticks() == pytest.approx(ticks)


def test_places() -> None:
    assert [Linear(0, 50, 10).share(value) for value in (0, 20, 50)] == pytest.approx([0, 0.4, 1])
    assert [Log(0.01, 100).share(value) for value in (0.01, 0.1, 1, 100)] == pytest.approx([0, 0.25, 0.5, 1])
    assert Log(0.01, 100).share(0) == 0


@given(VALUES, st.sampled_from([Linear, Log]))
def test_whatever_is_given_lies_on_the_axis_in_order(
    values: list[float], kind: type[Linear] | type[Log]
) -> None:
    scale: Scale = kind.over(values)
    places = [scale.share(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(0 <= place <= 1 for place in places)
    ticks = list(scale.ticks())
    assert 2 <= len(ticks) <= 8
    assert ticks == sorted(set(ticks))
