"""The reward's arithmetic: R = sum of alpha_k R_k (arXiv 2512.20061, Eq. 5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.reward.aggregation import normalise, weighted_sum, without
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored

QUARTERS = dict.fromkeys(["accuracy", "format", "length", "rubric"], 0.25)


def scores(accuracy: float, format_: float, length: float, rubric: float) -> dict[str, Score]:
    values = zip(QUARTERS, (accuracy, format_, length, rubric), strict=True)
    return {name: Score(value) for name, value in values}


def test_equal_alphas_by_hand() -> None:
    assert weighted_sum(scores(1, 1, 0.5, 0.8), QUARTERS) == Score(0.825)


def test_equal_alphas_do_not_put_correctness_first() -> None:
    assert weighted_sum(scores(0, 1, 1, 1), QUARTERS) == Score(0.75)
    assert weighted_sum(scores(1, 0, 0, 0), QUARTERS) == Score(0.25)


def test_p01_one_missing_part_makes_the_whole_unscored_with_its_cause() -> None:
    row: dict[str, Outcome] = {
        **scores(1, 1, 1, 1),
        "rubric": Unscored(Cause.JUDGE_TIMEOUT, "no reply within 60 s"),
    }
    assert weighted_sum(row, QUARTERS) == Unscored(Cause.JUDGE_TIMEOUT, "rubric: no reply within 60 s")


def test_normalise_divides_by_the_sum() -> None:
    assert normalise({"a": 1.0, "b": 3.0}) == {"a": 0.25, "b": 0.75}


def test_without_a_component_the_others_share_its_weight() -> None:
    assert without({"a": 0.5, "b": 0.3, "c": 0.2}, ["a"]) == pytest.approx({"a": 0.0, "b": 0.6, "c": 0.4})


def test_without_any_component_nothing_is_left() -> None:
    assert without({"a": 1.0}, ["a"]) == {"a": 0.0}


@given(st.dictionaries(st.text(min_size=1), st.floats(0.01, 10), min_size=1))
def test_normalised_weights_sum_to_1(weights: dict[str, float]) -> None:
    assert sum(normalise(weights).values()) == pytest.approx(1.0)
