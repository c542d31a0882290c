from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.weights.factors import balanced_weights, label_weight, met_factors

UNCLIPPED = 1e12
COUNTS = st.dictionaries(
    st.text(max_size=3), st.integers(min_value=1, max_value=10**6), min_size=1, max_size=6
)


def test_balanced_weights_by_hand() -> None:
    # n = 1000, K = 2: 1000 / (2 * 900) = 0.5556 and 1000 / (2 * 100) = 5.
    weights = balanced_weights({"common": 900, "rare": 100}, smoothing=0)
    assert weights == {"common": pytest.approx(5 / 9), "rare": pytest.approx(5)}


def test_smoothing_adds_to_each_count_before_anything_else() -> None:
    # 3 + 1 and 0 + 1 of n = 5, K = 2: 5 / (2 * 4) = 0.625 and 5 / (2 * 1) = 2.5.
    assert balanced_weights({"seen": 3, "never": 0}, smoothing=1) == {"seen": 0.625, "never": 2.5}


def test_three_labels() -> None:
    # n = 60, K = 3: 60 / (3 * 10) = 2, 60 / (3 * 20) = 1, 60 / (3 * 30) = 2/3.
    weights = balanced_weights({"a": 10, "b": 20, "c": 30}, smoothing=0)
    assert weights == {"a": 2, "b": 1, "c": pytest.approx(2 / 3)}


def test_the_greatest_weight_is_at_most_max_ratio_times_the_smallest() -> None:
    # 1000 / (2 * 990) = 0.50505 and 1000 / (2 * 10) = 50, which is 99 times as much; 10 times is 5.0505.
    weights = balanced_weights({"common": 990, "rare": 10}, smoothing=0, max_ratio=10)
    assert weights == {"common": pytest.approx(50 / 99), "rare": pytest.approx(500 / 99)}


def test_without_smoothing_a_label_never_seen_is_clipped_and_not_infinite() -> None:
    # 7 / (2 * 7) = 0.5, and 10 times that for the other.
    assert balanced_weights({"seen": 7, "never": 0}, smoothing=0) == {"seen": 0.5, "never": 5.0}


def test_a_label_that_the_table_does_not_hold_weighs_what_a_count_of_0_would() -> None:
    # n = 9 + 1 + 2 = 12, K = 2: 12 / (2 * 1) = 6; the smallest is 12 / (2 * 10) = 0.6, so the cap is 6.
    assert label_weight({"a": 9, "b": 1}, "new", smoothing=1, max_ratio=10) == 6.0
    assert label_weight({"a": 9, "b": 1}, "new", smoothing=1, max_ratio=5) == 3.0
    assert label_weight({"a": 9, "b": 1}, "b", smoothing=1) == 3.0


def test_no_count_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="every count is 0"):
        balanced_weights({"a": 0, "b": 0}, smoothing=0)


def test_met_factors_by_hand() -> None:
    # p_met = (met + 1) / (n + 2): 31 / 102, 96 / 102 and 1 / 102. The last factor, 102, is clipped to
    # 10 * 102 / 96.
    counts = {
        "middling": {"met": 30, "unmet": 70},
        "easy": {"met": 95, "unmet": 5},
        "never": {"met": 0, "unmet": 100},
    }
    factors = met_factors(counts, smoothing=1, max_ratio=10)
    assert factors == {
        "middling": pytest.approx(102 / 31),
        "easy": pytest.approx(1.0625),
        "never": pytest.approx(10.625),
    }


def test_met_factors_need_something_to_go_by() -> None:
    with pytest.raises(ValueError, match="every count is 0"):
        met_factors({"a": {"met": 0, "unmet": 0}}, smoothing=0)
    with pytest.raises(ValueError, match="no criterion was ever met"):
        met_factors({"a": {"met": 0, "unmet": 5}}, smoothing=0)


@given(COUNTS)
def test_an_always_majority_policy_earns_one_over_k(counts: dict[str, int]) -> None:
    """With globally normalised balanced weights the weighted mean of hits is the balanced accuracy."""
    weights = balanced_weights(counts, smoothing=0, max_ratio=UNCLIPPED)
    majority = max(counts, key=lambda label: counts[label])
    hits = counts[majority] * weights[majority]
    everything = sum(count * weights[label] for label, count in counts.items())
    assert hits / everything == pytest.approx(1 / len(counts))


def test_always_ham_on_the_sms_spam_corpus() -> None:
    counts = {"ham": 4827, "spam": 747}
    weights = balanced_weights(counts, smoothing=0)
    unweighted = 4827 / 5574
    weighted = 4827 * weights["ham"] / (4827 * weights["ham"] + 747 * weights["spam"])
    assert unweighted == pytest.approx(0.866, abs=5e-4)
    assert weighted == pytest.approx(0.5)


@given(COUNTS)
def test_balanced_weights_average_1_over_the_counted_samples(counts: dict[str, int]) -> None:
    weights = balanced_weights(counts, smoothing=0, max_ratio=UNCLIPPED)
    total = sum(count * weights[label] for label, count in counts.items())
    assert total == pytest.approx(sum(counts.values()))


@given(COUNTS, st.integers(min_value=2, max_value=1000))
def test_only_the_shares_matter(counts: dict[str, int], scale: int) -> None:
    scaled = {label: count * scale for label, count in counts.items()}
    assert balanced_weights(scaled, smoothing=0) == pytest.approx(balanced_weights(counts, smoothing=0))


@given(COUNTS, st.floats(min_value=0.01, max_value=100), st.floats(min_value=1, max_value=100))
def test_the_rarer_never_weighs_less_and_the_ratio_holds(
    counts: dict[str, int], smoothing: float, max_ratio: float
) -> None:
    weights = balanced_weights(counts, smoothing, max_ratio)
    by_count = sorted(counts, key=lambda label: counts[label])
    assert all(weights[a] >= weights[b] for a, b in pairwise(by_count))
    assert max(weights.values()) <= max_ratio * min(weights.values())
    assert {label: label_weight(counts, label, smoothing, max_ratio) for label in counts} == weights
