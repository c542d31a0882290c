from itertools import pairwise
from statistics import mean, pvariance

import pytest

from reward_server.load.arrivals import arrivals, constant, poisson


def test_constant_arrivals_are_evenly_spaced_from_the_beginning() -> None:
    assert constant(4, 1.0) == [0.0, 0.25, 0.5, 0.75]
    assert constant(0.5, 5.0) == [0.0, 2.0, 4.0]


def test_a_long_constant_load_does_not_drift() -> None:
    times = constant(10, 10_000)
    assert len(times) == 100_000
    assert times[99_999] == 9_999.9


def test_poisson_gaps_are_exponential() -> None:
    gaps = [later - earlier for earlier, later in pairwise(poisson(50, 2_000, "7"))]
    assert len(gaps) == pytest.approx(100_000, rel=0.02)
    assert mean(gaps) == pytest.approx(0.02, rel=0.02)
    assert pvariance(gaps) == pytest.approx(0.02**2, rel=0.04)
    share_beyond_mean = sum(gap > 0.02 for gap in gaps) / len(gaps)
    assert share_beyond_mean == pytest.approx(0.3679, abs=0.01)  # 1/e


def test_poisson_counts_have_the_variance_of_their_mean() -> None:
    counts = [0] * 4_000
    for at in poisson(10, 4_000, "3"):
        counts[int(at)] += 1
    assert pvariance(counts) / mean(counts) == pytest.approx(1.0, abs=0.08)


def test_equal_seeds_give_equal_arrivals_and_others_do_not() -> None:
    assert arrivals("poisson", 20, 10, "0:1") == arrivals("poisson", 20, 10, "0:1")
    assert arrivals("poisson", 20, 10, "0:1") != arrivals("poisson", 20, 10, "0:2")


def test_all_arrivals_are_in_time_and_in_order() -> None:
    times = poisson(100, 3.0, "1")
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] < 3.0
