"""Requests and tokens a minute: never more, and not much less."""

from bisect import bisect_left

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judges.engine.rates import MINUTE_S, Bucket, Rates


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def send(
    rates: Rates, clock: Clock, seconds: float, tokens: int = 0, actual: int | None = None
) -> list[float]:
    """Send as much as is allowed for some time: the moments at which calls went out."""
    sent, end = list[float](), clock.now + seconds
    while True:
        wait = rates.wait_s(tokens)
        if clock.now + wait >= end:
            return sent
        if wait > 0:
            clock.now += wait
            continue
        rates.spend(tokens)
        if actual is not None:
            rates.correct(actual - tokens)
        sent.append(clock.now)


def most_in_a_minute(moments: list[float]) -> int:
    return max(bisect_left(moments, start + MINUTE_S) - first for first, start in enumerate(moments))


@pytest.mark.parametrize("limit", [1, 2, 7, 60, 500, 6000])
def test_no_minute_has_more_requests_than_allowed(limit: int) -> None:
    clock = Clock()
    sent = send(Rates(requests_per_minute=limit, clock=clock), clock, 200.0)
    assert most_in_a_minute(sent) <= limit
    assert len(sent) >= 0.97 * limit * 200 / 60 - 1


def test_without_limits_nothing_waits() -> None:
    rates = Rates()
    for _ in range(1000):
        assert rates.wait_s(1_000_000) == 0.0
        rates.spend(1_000_000)


def test_a_pause_is_not_made_up_for() -> None:
    clock = Clock()
    rates = Rates(requests_per_minute=60, clock=clock)
    send(rates, clock, 10.0)
    clock.now += 3600.0
    assert len(send(rates, clock, 10.0)) <= 11


def test_tokens_are_limited_too() -> None:
    clock = Clock()
    rates = Rates(tokens_per_minute=60_000, clock=clock)
    assert len(send(rates, clock, 120.0, tokens=500)) == pytest.approx(240, rel=0.03)


def test_the_tighter_limit_counts() -> None:
    clock = Clock()
    rates = Rates(requests_per_minute=600, tokens_per_minute=6_000, clock=clock)
    assert len(send(rates, clock, 60.0, tokens=100)) == pytest.approx(60, abs=3)


def test_estimates_are_corrected() -> None:
    clock = Clock()
    rates = Rates(tokens_per_minute=60_000, clock=clock)
    assert len(send(rates, clock, 120.0, tokens=100, actual=1000)) == pytest.approx(120, rel=0.05)
    assert len(send(rates, clock, 120.0, tokens=1000, actual=100)) == pytest.approx(1200, rel=0.05)


def test_a_call_that_is_larger_than_a_minute_still_goes_out() -> None:
    clock = Clock()
    rates = Rates(tokens_per_minute=1_000, clock=clock)
    assert rates.wait_s(5_000) == 0.0
    rates.spend(5_000)
    assert rates.wait_s(10) == pytest.approx(300.0, rel=0.03)


def test_a_clock_that_stands_still_or_goes_back_does_no_harm() -> None:
    clock = Clock()
    bucket = Bucket(60, clock)
    bucket.spend(1)
    clock.now -= 100.0
    assert bucket.wait_s(1) == pytest.approx(1.0, rel=0.02)


@settings(max_examples=200)
@given(st.integers(1, 300), st.lists(st.floats(0, 90), min_size=1, max_size=150))
def test_no_minute_has_more_requests_than_allowed_whenever_they_come(limit: int, gaps: list[float]) -> None:
    clock = Clock()
    rates = Rates(requests_per_minute=limit, clock=clock)
    sent: list[float] = []
    for gap in gaps:
        clock.now += gap
        while rates.wait_s() <= 0 and len(sent) < 2000:
            rates.spend()
            sent.append(clock.now)
    assert not sent or most_in_a_minute(sent) <= limit
