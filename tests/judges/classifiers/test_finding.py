"""Logits and what is read out of them."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judges.backend_error import BackendError
from judges.classifiers.finding import Finding, find, sigmoid
from rubrics.cause import Cause

LOGITS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6)


def test_worked_out_by_hand() -> None:
    assert find([0.0], 0, "auto") == Finding(0.0, 0.5)
    assert find([math.log(3)], 0, "auto").probability == pytest.approx(0.75)
    assert find([0.0, math.log(3)], 1, "auto").probability == pytest.approx(0.75)
    assert find([0.0, math.log(3), 0.0], 1, "auto").probability == pytest.approx(0.6)
    assert find([0.0, math.log(3), 0.0], 1, "sigmoid").probability == pytest.approx(0.75)
    assert find([5.0], 0, "softmax") == Finding(5.0, 1.0)


@given(LOGITS)
@settings(max_examples=50)
def test_probabilities_are_some_and_sum_to_one(logits: list[float]) -> None:
    chances = [find(logits, place, "softmax").probability for place in range(len(logits))]
    assert math.fsum(chances) == pytest.approx(1)
    assert all(0 <= chance <= 1 for chance in chances)


@given(st.floats(-1e308, 1e308))
@settings(max_examples=50)
def test_a_sigmoid_never_overflows_and_has_its_symmetry(logit: float) -> None:
    assert 0 <= sigmoid(logit) <= 1
    assert sigmoid(logit) + sigmoid(-logit) == pytest.approx(1)


@pytest.mark.parametrize("logits", [[], [math.nan], [math.inf], [1.0, -math.inf]])
def test_what_is_no_number_is_garbled(logits: list[float]) -> None:
    with pytest.raises(BackendError) as caught:
        find(logits, 0, "auto")
    assert caught.value.cause == Cause.JUDGE_GARBLED


def test_a_label_beyond_the_last_is_rejected() -> None:
    with pytest.raises(BackendError, match="2 labels, and no label 2"):
        find([1.0, 2.0], 2, "auto")
