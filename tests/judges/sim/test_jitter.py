import math
from statistics import fmean, pvariance

import pytest

from judges.sim.jitter import JitterError, factors

DRAWS = 40_000


@pytest.mark.parametrize(
    ("spec", "variance"),
    [("exponential", 1.0), ("lognormal:0.3", math.exp(0.09) - 1), ("lognormal:1", math.e - 1)],
)
def test_mean_and_variance(spec: str, variance: float) -> None:
    draw = factors(spec, "7")
    assert draw is not None
    found = [draw() for _ in range(DRAWS)]
    assert fmean(found) == pytest.approx(1.0, abs=5 * math.sqrt(variance / DRAWS))
    assert pvariance(found) == pytest.approx(variance, rel=0.15)
    assert min(found) > 0


def test_equal_seeds_equal_factors() -> None:
    first, again, other = (factors("exponential", seed) for seed in ("1:1", "1:1", "1:2"))
    assert first is not None
    assert again is not None
    assert other is not None
    found = [first() for _ in range(5)]
    assert found == [again() for _ in range(5)]
    assert found != [other() for _ in range(5)]


def test_none_is_no_factor() -> None:
    assert factors("none", "0") is None


@pytest.mark.parametrize("spec", ["", "normal", "exponential:2", "lognormal", "lognormal:wide", "none:0"])
def test_what_cannot_be_read_is_told_what_can(spec: str) -> None:
    with pytest.raises(JitterError, match="lognormal"):
        factors(spec, "0")


@pytest.mark.parametrize("spec", ["lognormal:-1", "lognormal:nan", "lognormal:3.5"])
def test_widths_out_of_range(spec: str) -> None:
    with pytest.raises(JitterError, match="a number from 0 to 3"):
        factors(spec, "0")
