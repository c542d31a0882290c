import pytest
from hypothesis import given
from hypothesis import strategies as st

from judges.engine.hedging import MOST, SHARE, Hedging, trigger_s


@given(st.lists(st.booleans(), max_size=400))
def test_p16_hedges_are_at_most_a_twentieth_of_the_calls_at_any_moment(steps: list[bool]) -> None:
    hedging, calls, hedges = Hedging(), 0, 0
    for call in steps:
        if call:
            hedging.earn()
            calls += 1
        else:
            hedges += hedging.spend()
        assert hedges <= SHARE * calls + 1e-9


def test_p16_a_quiet_year_allows_no_storm() -> None:
    hedging = Hedging()
    for _ in range(100_000):
        hedging.earn()
    assert sum(hedging.spend() for _ in range(1_000)) == MOST


def test_p16_a_hedge_costs_twenty_calls() -> None:
    hedging = Hedging()
    for _ in range(19):
        hedging.earn()
    assert not hedging.spend()
    hedging.earn()
    hedging.earn()  # floats: twenty twentieths may be a hair less than one
    assert hedging.spend()
    assert not hedging.spend()


@pytest.mark.parametrize(
    ("median", "percentile", "expected"),
    [(None, None, None), (0.1, None, None), (0.1, 0.2, 0.3), (0.1, 0.5, 0.5), (0.0, 0.0, 0.0)],
)
def test_a_call_is_slow_after_three_medians_and_nineteen_in_twenty(
    median: float | None, percentile: float | None, expected: float | None
) -> None:
    assert trigger_s(median, percentile) == (None if expected is None else pytest.approx(expected))
