import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.agreement.prediction import (
    Prediction,
    average_precision,
    brier,
    cuts,
    expected_calibration_error,
    ranked,
    recall_at_precision,
)
from tests.rubrics.agreement.recorded import RECORDED, PredictionCase

predictions = st.lists(
    st.builds(
        Prediction,
        st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.5, 0.7, 0.95, 1.0]),
        st.booleans(),
        st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    ),
    max_size=20,
)
BY_HAND = [
    Prediction(0.9, True),
    Prediction(0.8, False),
    Prediction(0.8, True),
    Prediction(0.3, True),
    Prediction(0.1, False),
]


def test_by_hand() -> None:
    # cuts: 1/1 at recall 1/3, 2/3 at 2/3 (a tie is one cut), 3/4 at 1, 3/5 at 1
    assert average_precision(BY_HAND) == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    assert recall_at_precision(BY_HAND, 0.9) == pytest.approx(1 / 3)
    assert recall_at_precision(BY_HAND, 0.75) == 1
    assert brier(BY_HAND) == pytest.approx((0.01 + 0.64 + 0.04 + 0.49 + 0.01) / 5)
    # bins: from 0.9 gap 0.1 of 1; 0.8 mean 0.8, share 0.5, of 2; 0.3 gap 0.7 of 1; 0.1 gap 0.1 of 1
    assert expected_calibration_error(BY_HAND) == pytest.approx((0.1 + 2 * 0.3 + 0.7 + 0.1) / 5)


@pytest.mark.parametrize("case", RECORDED.prediction)
def test_scikit_learn_agrees(case: PredictionCase) -> None:
    found = ranked(map(Prediction, case.probability, case.holds, case.weight))
    assert average_precision(found) == pytest.approx(case.average_precision)
    assert recall_at_precision(found) == pytest.approx(case.recall_at_p90)
    assert brier(found) == pytest.approx(case.brier)


def at(threshold: float, found: list[Prediction]) -> tuple[float, float]:
    """Precision and recall of one threshold, counted."""
    called = [each for each in found if each.probability >= threshold]
    right = sum(each.weight for each in called if each.holds)
    everything = sum(each.weight for each in found if each.holds)
    return right / sum(each.weight for each in called), right / everything


@given(predictions)
def test_thresholds_one_by_one_agree(drawn: list[Prediction]) -> None:
    found = [each for each in drawn if each.weight]
    if not any(each.holds for each in found):
        assert average_precision(ranked(drawn)) is recall_at_precision(ranked(drawn)) is None
        return
    points = [at(t, found) for t in sorted({each.probability for each in found}, reverse=True)]
    area, before = 0.0, 0.0
    for precision, recall in points:
        area, before = area + precision * (recall - before), recall
    assert average_precision(ranked(drawn)) == pytest.approx(area)
    precise = [recall for precision, recall in points if precision >= 0.9 - 1e-9]
    assert recall_at_precision(ranked(drawn)) == pytest.approx(max([0, *precise]))


@given(predictions)
def test_bin_by_bin_agrees(drawn: list[Prediction]) -> None:
    size = sum(each.weight for each in drawn)
    gap = 0.0
    for number in range(10):
        low, high = number / 10, (number + 1) / 10 if number < 9 else 1.1
        inside = [each for each in drawn if low <= each.probability < high]
        weight = sum(each.weight for each in inside)
        if weight:
            mean = sum(each.weight * each.probability for each in inside) / weight
            share = sum(each.weight * each.holds for each in inside) / weight
            gap += weight / size * abs(mean - share)
    assert expected_calibration_error(drawn) == (pytest.approx(gap) if size else None)


def test_where_nothing_holds_or_nothing_is_known() -> None:
    never = [Prediction(0.9, holds=False), Prediction(0.1, holds=False)]
    assert average_precision(never) is recall_at_precision(never) is None
    assert brier(never) == pytest.approx((0.81 + 0.01) / 2)
    assert average_precision([]) is brier([]) is expected_calibration_error([]) is None
    assert list(cuts([])) == []


def test_a_precision_that_no_threshold_reaches_recalls_nothing() -> None:
    found = [Prediction(0.9, holds=False), Prediction(0.5, holds=True)]
    assert recall_at_precision(found) == 0
