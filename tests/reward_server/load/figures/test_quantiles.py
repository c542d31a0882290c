from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.load.figures.quantiles import edge, histogram, latency, nearest_rank, place

TIMES = st.lists(st.floats(1e-5, 1e4), min_size=1, max_size=300)


def test_percentiles_by_nearest_rank() -> None:
    found = latency([float(number) for number in range(1000, 0, -1)])
    assert found is not None
    assert (found.p50, found.p90, found.p99, found.p999, found.max) == (500, 900, 990, 999, 1000)
    assert (found.count, found.mean) == (1000, 500.5)


def test_few_values_have_their_greatest_for_a_high_percentile() -> None:
    found = latency([3.0, 1.0, 2.0])
    assert found is not None
    assert (found.p50, found.p90, found.p99, found.p999) == (2, 3, 3, 3)


def test_one_value_is_every_percentile_and_none_have_none() -> None:
    found = latency([0.25])
    assert found is not None
    assert {found.p50, found.p90, found.p99, found.p999, found.max, found.mean} == {0.25}
    assert latency([]) is None


@given(TIMES, st.sampled_from([0.5, 0.9, 0.99, 0.999]))
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(
    values: list[float], share: float
) -> None:
    expected = min(
        value for value in values if sum(each <= value for each in values) >= share * len(values) - 1e-9
    )
    assert nearest_rank(sorted(values), share) == expected


@given(TIMES)
def test_a_histogram_adjoins_and_holds_every_value(values: list[float]) -> None:
    bins = histogram(values)
    assert sum(each.count for each in bins) == len(values)
    assert all(low.high == high.low for low, high in pairwise(bins))
    assert bins[0].low <= min(values) * (1 + 1e-12)
    assert bins[-1].high > max(values)
    for each in bins:
        assert each.count == sum(each.low <= value < each.high for value in values)


def test_bins_are_twenty_a_decade() -> None:
    assert edge(0, 20) == 1
    assert edge(20, 20) == 10
    assert edge(-60, 20) == pytest.approx(0.001)
    assert [place(value, 20) for value in (1.0, 1.12, 1.13, 10.0)] == [0, 0, 1, 20]
