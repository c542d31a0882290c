import math
from collections.abc import Sequence
from random import Random

import pytest

from reward_server.load.figures.intervals import draws, middle, over_repeats, over_seconds


def test_three_repeats_have_students_interval() -> None:
    found = over_repeats([1.0, 2.0, 3.0])
    assert found is not None
    half = 4.302653 / math.sqrt(3)  # s = 1, two degrees of freedom
    assert [found.low, found.high] == pytest.approx([2 - half, 2 + half])


def test_too_few_repeats_or_one_without_the_figure_have_none() -> None:
    assert over_repeats([1.0, 2.0]) is None
    assert over_repeats([1.0, None, 2.0, 3.0]) is None


def test_each_resample_has_as_many_seconds_as_there_were() -> None:
    assert all(sum(counts) == 17 and len(counts) == 17 for counts in draws(17, 0))


def test_a_seed_gives_the_same_resamples() -> None:
    assert draws(20, 3) == draws(20, 3) != draws(20, 4)


def test_nine_seconds_are_too_few() -> None:
    assert over_seconds(lambda drawn: {"x": drawn[0]}, 9, 0) == {}
    assert "x" in over_seconds(lambda drawn: {"x": drawn[0]}, 10, 0)


def test_the_interval_of_a_mean_covers_it_about_as_often_as_it_says() -> None:
    covered = sum(_covers(seed) for seed in range(60))
    assert 48 <= covered <= 60  # 57 expected; blocks of 30 seconds are a little too narrow


def _covers(seed: int) -> bool:
    random = Random(seed)
    seconds = [random.gauss(10, 2) for _ in range(30)]

    def mean(drawn: Sequence[int]) -> dict[str, float | None]:
        return {"mean": sum(n * x for n, x in zip(drawn, seconds, strict=True)) / 30}

    found = over_seconds(mean, 30, seed)["mean"]
    return found.low <= 10 <= found.high


def test_a_figure_that_many_resamples_lack_has_no_interval() -> None:
    assert middle([None, 1.0, 2.0]) is None
    assert middle([]) is None
