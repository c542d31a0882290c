"""Wilson's interval against the equation it solves, and against published numbers."""

from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from judges.attack.interval import Rate, needed, rate

Z = 1.959963984540054


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that rises from below 0 to above it is 0, by bisection."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < 0 else (low, middle)
    return low


def far(share: float, of: int) -> Callable[[float], float]:
    """How much further than z standard errors `share` is from p: (share - p)^2 n - z^2 p (1 - p)."""
    return lambda p: (share - p) ** 2 * of - Z * Z * p * (1 - p)


@settings(max_examples=80)
@given(st.integers(1, 2000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_bounds_are_z_standard_errors_from_the_share(counted: tuple[int, int]) -> None:
    found, of = counted
    result = rate(found, of)
    share = found / of
    high = root(far(share, of), share, 1.0) if found < of else 1.0
    low = root(lambda p: -far(share, of)(p), 0.0, share) if found else 0.0
    assert result.share == share
    assert result.low == pytest.approx(low, abs=1e-9)
    assert result.high == pytest.approx(high, abs=1e-9)


def test_published_numbers() -> None:
    # Newcombe 1998, table I, method 3: 81/263 gives 0.2553..0.3662, 15/148 gives 0.0624..0.1605
    assert rate(81, 263).low == pytest.approx(0.2553, abs=5e-5)
    assert rate(81, 263).high == pytest.approx(0.3662, abs=5e-5)
    assert rate(15, 148).low == pytest.approx(0.0624, abs=5e-5)
    assert rate(15, 148).high == pytest.approx(0.1605, abs=5e-5)


def test_of_nothing_there_is_no_share() -> None:
    assert rate(0, 0) == Rate(0, 0, None, None, None)
    assert needed(rate(0, 0), 0.01) is None


def test_none_found_excludes_one_percent_from_381_on() -> None:
    # 0 of n: high = z^2 / (n + z^2) <= 0.01 from n = 99 z^2 = 380.3 on
    assert needed(rate(0, 10), 0.01) == 381
    at, below = rate(0, 381).high, rate(0, 380).high
    assert at is not None
    assert below is not None
    assert at <= 0.01 < below


@settings(max_examples=60)
@given(st.integers(0, 50), st.integers(1, 50), st.sampled_from([0.01, 0.05, 0.3]))
def test_as_many_as_are_needed_put_the_limit_outside(found: int, more: int, limit: float) -> None:
    of = found + more
    assume(found / of != limit)  # then no number tells: the test below
    enough = needed(rate(found, of), limit)
    assert enough is not None
    times = -(-enough // of)
    result = rate(found * times, of * times)
    assert result.low is not None
    assert result.high is not None
    assert not result.low < limit < result.high


def test_at_the_limit_no_number_of_questions_tells() -> None:
    assert needed(rate(1, 100), 0.01) is None
    assert needed(rate(1, 10), 0.0) is None
