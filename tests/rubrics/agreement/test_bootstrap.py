from collections.abc import Sequence
from random import Random

import pytest

from rubrics.agreement.bootstrap import LEAST_CLUSTERS, Bootstrap, Interval, interval, quantile


def mean_of(values: Sequence[float], drawn: Sequence[int]) -> float:
    return sum(v * n for v, n in zip(values, drawn, strict=True)) / sum(drawn)


def test_quantiles_lie_on_the_line_between_neighbours() -> None:
    # four values are at 0, 1/3, 2/3 and 1
    assert [quantile([1, 2, 4, 8], share) for share in (0, 1 / 6, 0.5, 1)] == pytest.approx([1, 1.5, 3, 8])
    assert quantile([3], 0.975) == 3


def test_the_interval_is_the_middle_of_the_resamples() -> None:
    # 0 to 1000: 2.5 % and 97.5 % of the way
    found = interval(list(range(1001)))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((25, 975))


def test_statistics_that_are_often_undefined_have_no_interval() -> None:
    values = [float(number) for number in range(95)]
    assert interval([*values, *[None] * 5]) == interval(values)
    assert interval([*values, *[None] * 6]) is None
    assert interval([None, None]) is None
    assert interval([]) is None


def test_each_resample_draws_as_many_as_there_are() -> None:
    draws = Bootstrap(resamples=200, seed=1).draws(12)
    assert len(draws) == 200
    assert all(len(drawn) == 12 and sum(drawn) == 12 and min(drawn) >= 0 for drawn in draws)
    assert len({tuple(drawn) for drawn in draws}) > 190


def test_a_seed_gives_the_same_interval_and_another_one_does_not() -> None:
    random = Random(0)
    values = [random.random() for _ in range(30)]

    def found(seed: int) -> object:
        return Bootstrap(200, seed).intervals(lambda drawn: {"mean": mean_of(values, drawn)}, 30)

    assert found(3) == found(3) != found(4)


def test_few_clusters_have_no_interval() -> None:
    bootstrap = Bootstrap(100)

    def one(drawn: Sequence[int]) -> dict[str, float | None]:
        return {"mean": 1.0}

    assert bootstrap.intervals(one, LEAST_CLUSTERS - 1) == {}
    assert bootstrap.intervals(one, LEAST_CLUSTERS) == {"mean": Interval(1, 1)}


def test_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    random, held = Random(7), 0
    for seed in range(200):
        values = [random.gauss(5, 2) for _ in range(40)]
        found = Bootstrap(200, seed).intervals(lambda drawn, v=values: {"mean": mean_of(v, drawn)}, 40)  # type: ignore[misc]
        assert found["mean"] is not None
        held += found["mean"].low <= 5 <= found["mean"].high
    # 0.95 * 200 = 190, standard deviation 3.1; percentile intervals of 40 values are a little narrow
    assert 178 <= held <= 198
