"""How many holes are too many."""

import pytest

from tests.trainer_adapters.answers import Json, result
from trainer_adapters import TooManyUnscored
from trainer_adapters.client.holes import Holes


def outcomes(scored: int, unscored: int) -> list[Json]:
    return [result("s", 1.0)] * scored + [result("u", None, detail="the judge is slow")] * unscored


def test_exactly_the_fraction_is_allowed_and_one_more_is_not() -> None:
    holes = Holes(0.25, 64)
    holes.record(outcomes(48, 16))
    with pytest.raises(TooManyUnscored) as raised:
        holes.record(outcomes(0, 1))
    assert str(raised.value) == (
        "17 of the last 64 rollouts are unscored, more than max_unscored_fraction=0.25 allows: "
        "judge_timeout 17; the last: the judge is slow. Mend the cause, or allow more by "
        "GAVEL_MAX_UNSCORED_FRACTION (1 never stops)"
    )


def test_old_holes_are_forgotten() -> None:
    holes = Holes(0.25, 64)
    for _ in range(20):
        holes.record(outcomes(48, 16))


def test_scored_rollouts_never_raise_whatever_went_before() -> None:
    holes = Holes(0.0, 64)
    with pytest.raises(TooManyUnscored):
        holes.record(outcomes(0, 64))
    holes.record(outcomes(1, 0))


def test_one_never_stops_and_zero_allows_no_hole() -> None:
    Holes(1.0, 64).record(outcomes(0, 1000))
    with pytest.raises(TooManyUnscored, match="1 of the last 64"):
        Holes(0.0, 64).record(outcomes(63, 1))


def test_a_batch_is_judged_as_a_whole_not_by_its_end() -> None:
    holes = Holes(0.5, 64)
    with holes.under_way(1000):
        holes.record(outcomes(900, 100))
    with pytest.raises(TooManyUnscored, match="501 of the last 1000"), holes.under_way(1000):
        holes.record(outcomes(499, 501))


def test_single_calls_are_compared_with_all_that_were_under_way() -> None:
    holes = Holes(0.5, 64)
    with holes.under_way(512), holes.under_way(512):
        for _ in range(512):
            holes.record(outcomes(0, 1))
        with pytest.raises(TooManyUnscored, match="513 of the last 1024"):
            holes.record(outcomes(0, 1))


def test_after_a_large_batch_the_window_is_small_again() -> None:
    holes = Holes(0.5, 64)
    with holes.under_way(10_000):
        holes.record(outcomes(10_000, 0))
    for _ in range(4):
        with holes.under_way(8):
            holes.record(outcomes(0, 8))
    with pytest.raises(TooManyUnscored, match="40 of the last 64"), holes.under_way(8):
        holes.record(outcomes(0, 8))
