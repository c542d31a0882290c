from itertools import permutations
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.grading.permutation import (
    dcg,
    ndcg,
    parse_order,
    promotion,
    read_gains,
    read_order,
    recall,
)
from rubrics.rollout import Json

GAINS = st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 100), min_size=1).filter(
    lambda gains: any(gain > 1e-6 for gain in gains.values())
)
ORDERS = st.permutations("abcdef")
CUTS = st.none() | st.integers(1, 8)


def test_the_textbook_example() -> None:
    # Gains 3, 2, 3, 0, 1, 2 as ranked: DCG = 3 + 2/log2(3) + 3/2 + 0 + 1/log2(6) + 2/log2(7) = 6.8611
    assert dcg([3, 2, 3, 0, 1, 2]) == pytest.approx(6.8611, abs=1e-4)
    gains = dict(zip("abcdef", [3, 2, 3, 0, 1, 2], strict=True))
    ideal = 3 + 3 / log2(3) + 2 / 2 + 2 / log2(5) + 1 / log2(6)
    assert ndcg("abcdef", gains) == pytest.approx(6.8611 / ideal, abs=1e-4)
    assert ndcg("abcdef", gains, k=1) == 1
    assert ndcg("dabcef", gains, k=1) == 0


def test_one_relevant_item_by_hand() -> None:
    assert ndcg("abc", {"a": 1}) == 1
    assert ndcg("bac", {"a": 1}) == pytest.approx(1 / log2(3))
    assert ndcg("bca", {"a": 1}) == 0.5
    assert ndcg("bca", {"a": 1}, k=2) == 0


def test_recall_by_hand() -> None:
    relevant = {"a": 1.0, "c": 1.0, "e": 0.0}
    assert recall("abcde", relevant) == 1
    assert recall("abcde", relevant, k=2) == 0.5
    assert recall("bdeca", relevant, k=3) == 0


def test_promotion_by_hand() -> None:
    shown = list("abcdefghij")
    assert promotion(shown, list("dabcefghij"), "d") == 0.3  # rank 4 to 1 of 10
    assert promotion(shown, list("bacdefghij"), "a") == -0.1
    assert promotion(shown, shown, "j") == 0


@given(ORDERS, GAINS, CUTS)
def test_metrics_stay_in_their_bounds(order: list[str], gains: dict[str, float], k: int | None) -> None:
    assert 0 <= ndcg(order, gains, k) <= 1
    assert 0 <= recall(order, gains, k) <= 1


@given(ORDERS, GAINS, CUTS)
def test_the_ideal_order_is_the_best(order: list[str], gains: dict[str, float], k: int | None) -> None:
    ideal = sorted(order, key=lambda item: -gains.get(item, 0))
    assert ndcg(ideal, gains, k) == 1
    assert recall(ideal, gains, k) >= recall(order, gains, k)


@given(ORDERS, GAINS, st.integers(0, 4))
def test_swapping_a_better_item_up_never_hurts(order: list[str], gains: dict[str, float], place: int) -> None:
    upper, lower = order[place : place + 2]
    swapped = [*order[:place], lower, upper, *order[place + 2 :]]
    better = gains.get(lower, 0) >= gains.get(upper, 0)
    low, high = (order, swapped) if better else (swapped, order)
    assert ndcg(low, gains) <= ndcg(high, gains) + 1e-12


@given(ORDERS, ORDERS, st.sampled_from("abcdef"))
def test_promotion_is_antisymmetric_and_below_one(shown: list[str], answered: list[str], target: str) -> None:
    moved = promotion(shown, answered, target)
    assert moved == -promotion(answered, shown, target)
    assert -1 < moved < 1


def test_promotions_of_all_items_cancel() -> None:
    for answered in permutations("abcd"):
        assert sum(promotion("abcd", answered, item) for item in "abcd") == pytest.approx(0)


@pytest.mark.parametrize(
    ("value", "order"),
    [
        (["a", 2], ["a", "2"]),
        ([], []),
        ([True], None),
        ([1.5], None),
        ([["a"]], None),
        ("ab", None),
        (None, None),
    ],
)
def test_orders_are_arrays_of_ids(value: Json, order: list[str] | None) -> None:
    assert read_order(value) == order


@pytest.mark.parametrize(
    ("value", "gains"),
    [
        ({"a": 2, "b": 0.5}, {"a": 2.0, "b": 0.5}),
        (["a", 3], {"a": 1.0, "3": 1.0}),
        (7, {"7": 1.0}),
        ({"a": -1}, None),
        ({"a": True}, None),
        ({"a": "high"}, None),
        ({"a": 10**400}, None),
        (["a", "a"], None),
        (True, None),
        (1.5, None),
    ],
)
def test_relevance_comes_in_three_forms(value: Json, gains: dict[str, float] | None) -> None:
    assert read_gains(value) == gains


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a, b",
        '{"a": 1}',
        '["a"',
        '["a"] and more',
        "[NaN]",
        "[1e5]",
        "[" * 100_000,
        "[" + "9" * 5_000 + "]",
        '["\ud800"',
    ],
)
def test_what_is_not_one_array_of_ids_is_none(text: str) -> None:
    assert parse_order(text) is None


def test_p19_a_long_array_is_read_in_one_pass() -> None:
    order = parse_order("[" + "1," * 500_000 + "1]")
    assert order is not None
    assert len(order) == 500_001
