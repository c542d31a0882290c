"""Summaries against figures worked out by hand."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.engine.row import Row
from reward_server.engine.summary import EPS, summarise
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Rollout

HALVES = {"a": 0.5, "b": 0.5}


def outcome(value: float | None) -> Outcome:
    return Unscored(Cause.JUDGE_TIMEOUT) if value is None else Score(value)


def row(reward: float | None, factor: float | None = None, **components: float | None) -> Row:
    rollout = Rollout(id="r", completion=Completion(""))
    return Row(rollout, "g", outcome(reward), {n: outcome(v) for n, v in components.items()}, factor)


def test_mean_and_sample_standard_deviation() -> None:
    summary = summarise([[row(1.0, a=1.0, b=1.0), row(0.5, a=1.0, b=0.0)], [row(0.0, a=0.0, b=0.0)]], HALVES)
    assert summary.reward.mean == 0.5
    assert summary.reward.std == 0.5  # squares of 0.5, 0, -0.5 sum to 0.5; over n - 1 = 2, the root of 0.25
    assert (summary.rollouts, summary.scored, summary.groups) == (3, 3, 2)
    assert summary.components["a"].mean == pytest.approx(2 / 3)
    assert summary.components["a"].std == pytest.approx(sqrt(1 / 3))


def test_a_group_is_dead_when_all_its_values_are_equal_and_one_alone_is_not() -> None:
    summary = summarise(
        [
            [row(1.0, a=1.0, b=1.0), row(1.0, a=1.0, b=1.0)],
            [row(0.5, a=1.0, b=0.0), row(0.0, a=0.0, b=0.0)],
            [row(1, a=1, b=1)],
        ],
        HALVES,
    )
    assert summary.reward.dead_groups == 1
    assert summary.components["a"].dead_groups == 1
    assert summary.components["b"].dead_groups == 2


def test_p01_unscored_rollouts_are_counted_by_cause_and_enter_no_mean() -> None:
    summary = summarise([[row(None, a=1.0, b=None), row(0.5, a=1.0, b=0.0)]], HALVES)
    assert summary.unscored == {"judge_timeout": 1}
    assert (summary.rollouts, summary.scored) == (2, 1)
    assert summary.reward.mean == 0.5
    assert summary.reward.std is None
    assert (summary.components["b"].mean, summary.components["b"].unscored) == (0.0, 1)


def test_nothing_scored_is_null_not_zero() -> None:
    summary = summarise([[row(None, a=None, b=None)]], HALVES)
    assert summary.reward.mean is None
    assert summary.components["a"].mean is None
    assert summary.components["a"].advantage_share is None


def test_the_weighted_mean_is_the_balanced_one() -> None:
    always_ham = [row(1.0, 0.625, a=1.0) for _ in range(8)] + [row(0.0, 2.5, a=0.0) for _ in range(2)]
    summary = summarise([always_ham], {"a": 1.0})
    assert summary.reward.mean == 0.8
    assert summary.reward.weighted_mean == 0.5  # 8 * 0.625 = 5 of 5 + 2 * 2.5 = 10


def test_without_weights_there_is_no_weighted_mean() -> None:
    assert summarise([[row(1.0, a=1.0)]], {"a": 1.0}).reward.weighted_mean is None


def test_shares_of_the_advantage_by_hand() -> None:
    # Parts 0.5a and 0.5b: a gives -.25, .25, b gives -.5 and .5 times 0.5 around their means.
    group = [row(0.25, a=0.5, b=0.0), row(1.0, a=1.0, b=1.0)]
    summary = summarise([group], HALVES)
    # Centred parts: a -0.125, 0.125; b -0.25, 0.25; total -0.375, 0.375. Share of a: 0.125 / 0.375.
    assert summary.components["a"].advantage_share == pytest.approx(1 / 3)
    assert summary.components["b"].advantage_share == pytest.approx(2 / 3)


def test_a_component_that_works_against_the_others_has_a_negative_share() -> None:
    group = [row(0.5, a=1.0, b=0.0), row(0.1, a=0.0, b=0.2)]
    summary = summarise([group], HALVES)
    # Centred parts: a 0.25, -0.25; b -0.05, 0.05; total 0.2, -0.2.
    assert summary.components["a"].advantage_share == pytest.approx(1.25)
    assert summary.components["b"].advantage_share == pytest.approx(-0.25)


def test_each_live_group_counts_by_its_advantages_not_by_its_spread() -> None:
    wide = [row(0.5, a=1.0, b=0.0), row(0.0, a=0.0, b=0.0)]
    narrow = [row(0.005, a=0.0, b=0.01), row(0.0, a=0.0, b=0.0)]
    summary = summarise([wide, narrow], HALVES)

    def square_sum(spread: float) -> float:
        deviation = spread / 2
        return 2 * (deviation / (sqrt(2 * deviation**2) + EPS)) ** 2

    expected = square_sum(0.5) / (square_sum(0.5) + square_sum(0.005))
    assert summary.components["a"].advantage_share == pytest.approx(expected)


def test_a_dropped_component_leaves_the_shares_of_the_others() -> None:
    group = [row(0.0, a=0.0, b=None), row(1.0, a=1.0, b=1.0)]
    summary = summarise([group], HALVES)
    assert summary.components["a"].advantage_share == pytest.approx(1.0)
    assert summary.components["b"].advantage_share == 0.0


values = st.floats(0, 1, allow_nan=False).map(lambda x: round(x, 3))


@given(st.lists(st.lists(st.tuples(values, values, values), min_size=1, max_size=6), min_size=1, max_size=5))
def test_shares_sum_to_1_whatever_the_batch(groups: list[list[tuple[float, float, float]]]) -> None:
    weights = {"a": 0.5, "b": 0.3, "c": 0.2}
    table = [[row(0.5 * a + 0.3 * b + 0.2 * c, a=a, b=b, c=c) for a, b, c in group] for group in groups]
    shares = [column.advantage_share for column in summarise(table, weights).components.values()]
    known = [share for share in shares if share is not None]
    assert known == [] or sum(known) == pytest.approx(1.0)


@given(st.lists(st.tuples(values, values), min_size=2, max_size=8), st.randoms())
def test_p07_order_changes_no_bit(pairs: list[tuple[float, float]], random: object) -> None:
    rows = [row(0.5 * a + 0.5 * b, a=a, b=b) for a, b in pairs]
    assert summarise([rows], HALVES) == summarise([rows[::-1]], HALVES)
