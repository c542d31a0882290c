"""A step's statistics, by hand, and against a second computation written from what statistics.py says."""

import statistics as stats
from array import array
from collections.abc import Mapping, Sequence
from math import nan, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reward_server.history.digest import digest
from reward_server.history.quantiles import quantiles
from reward_server.history.statistics import ColumnStatistics, DeadGroups, Quantiles, StepStatistics
from reward_server.history.step_rows import Scorer, StepRows
from reward_server.store.entry import Description
from reward_server.store.features import Mark
from reward_server.store.reading import NarrowRow

EPS = 1e-4


def scorer(version: str = "v", **weights: float) -> Scorer:
    names = list(weights)
    bounds = [(0.0, 1.0) for _ in names]
    return Scorer(version, Description("r", "", names, bounds, list(weights.values()), ["c0", "c1"], ""))


HALVES = scorer(a=0.5, b=0.5)


def row(
    number: int,
    group: str,
    reward: float | None,
    values: Sequence[float | None] = (None, None),
    *,
    request: int = 1,
    cause: str | None = None,
    words: int = 10,
    tokens: int | None = None,
    marks: int = 0,
    same: int | None = None,
    verdicts: Sequence[float] | None = None,
    judging: Sequence[float] | None = None,
    disagreement: float | None = None,
) -> NarrowRow:
    return NarrowRow(
        id=number,
        request=request,
        name=f"r{number}",
        group=group,
        reward=reward,
        cause="judge_timeout" if reward is None and cause is None else cause,
        words=words,
        tokens=tokens,
        marks=marks,
        same=number if same is None else same,
        disagreement=disagreement,
        verdicts=None if verdicts is None else array("f", verdicts).tobytes(),
        judging=None if judging is None else array("f", judging).tobytes(),
        values=(*values, *[None] * (16 - len(values))),
    )


def digested(rows: Sequence[NarrowRow], scorers: Mapping[int, Scorer] | None = None) -> StepStatistics:
    return digest(3, 5.0, StepRows(rows, scorers or {1: HALVES}))


def test_two_groups_by_hand() -> None:
    found = digested(
        [
            row(1, "g", 1.0, (1.0, 1.0), words=5, tokens=50),
            row(2, "g", 0.5, (1.0, 0.0), words=1, tokens=10),
            row(3, "h", 0.0, (0.0, 0.0), words=3),
            row(4, "h", 0.0, (0.0, 0.0), words=9, same=3),
            row(5, "h", None, (None, 0.0), words=7),
        ]
    )
    assert (found.step, found.at, found.rollouts, found.groups, found.scored) == (3, 5.0, 5, 2, 4)
    assert found.unscored == {"judge_timeout": 1}
    assert found.reward.mean == 0.375
    # deviations .625, .125, -.375, -.375: squares .390625 + .015625 + 2 x .140625 = .6875, over 3
    assert found.reward.std == pytest.approx(sqrt(0.6875 / 3))
    assert found.reward.within == pytest.approx(sqrt(0.125) / 2)  # (sqrt(.125) + 0) / 2
    assert (found.reward.top, found.reward.bottom, found.reward.flat_groups) == (0.25, 0.5, 1)
    assert (found.components["a"].scored, found.components["a"].unscored) == (4, 1)
    assert found.components["a"].flat_groups == 2
    # only g has an advantage, and all of it comes from b
    assert found.components["a"].share == pytest.approx(0.0)
    assert found.components["b"].share == pytest.approx(1.0)
    assert found.dead == DeadGroups(right=0, wrong=1, equal=0, unscored=0)
    assert found.words == Quantiles(1, 5, 9, 9, 5)  # ranks ceil(.25), ceil(2.5), ceil(4.75), ceil(4.95)
    assert found.tokens == Quantiles(10, 10, 50, 50, 2)
    assert found.duplicates == 1
    assert found.examples["duplicate"] == [4]
    assert found.examples["dead:wrong"] == [3]
    assert found.examples["unscored:judge_timeout"] == [5]
    assert found.examples["short"] == [2, 1]  # the median reward is 0.25


def test_short_examples_are_those_that_were_paid_for_it() -> None:
    failed = [row(n, "g", 0.0, words=0, marks=int(Mark.MALFORMED)) for n in range(1, 5)]
    paid = [row(n, "g", 0.5 + n / 100, words=n) for n in (9, 8, 7, 6, 5)]
    unscored = row(10, "g", None, words=0)
    assert digested([*failed, *paid, unscored]).examples["short"] == [5, 6, 7, 8, 9]
    assert digested([*failed, unscored]).examples["short"] == [1, 2, 3, 4]
    assert digested([unscored, row(11, "g", None, words=3)]).examples["short"] == [10, 11]


@pytest.mark.parametrize(
    ("rewards", "dead"),
    [
        ([1.0, 1.0], DeadGroups(right=1)),
        ([0.0, 0.0], DeadGroups(wrong=1)),
        ([0.5, 0.5], DeadGroups(equal=1)),
        ([1.0, 1.0, None], DeadGroups(right=1)),
        ([1.0, None], DeadGroups(unscored=1)),
        ([None, None], DeadGroups(unscored=1)),
        ([1.0], DeadGroups()),
        ([None], DeadGroups()),
        ([1.0, 0.9], DeadGroups()),
        ([1.0, 1.0 - 1e-9], DeadGroups(right=1)),
    ],
)
def test_why_a_group_is_dead(rewards: Sequence[float | None], dead: DeadGroups) -> None:
    found = digested([row(n, "g", reward) for n, reward in enumerate(rewards)])
    assert found.dead == dead
    assert found.dead.total == sum((dead.right, dead.wrong, dead.equal, dead.unscored))


def test_a_group_that_came_in_several_requests_is_one() -> None:
    rows = [row(1, "g", 1.0, request=1), row(2, "h", 1.0, request=1), row(3, "g", 0.0, request=2)]
    found = digested(rows, {1: HALVES, 2: HALVES})
    assert (found.groups, found.dead.total) == (1, 0)


def test_judging_by_hand() -> None:
    found = digested(
        [
            row(1, "g", 1.0, judging=[1, 1, 100, 60, 4, 0.5, 1.5], disagreement=0.5),
            row(2, "g", 1.0, judging=[2, 0, 50, 0, 2, 1.0], disagreement=0.0),
            row(3, "g", 1.0),
        ]
    ).judge
    assert (found.calls, found.failed, found.spared) == (3, 1, 3)
    assert (found.prompt_tokens, found.cached_tokens, found.completion_tokens) == (150, 60, 6)
    assert found.seconds == Quantiles(0.5, 1.0, 1.5, 1.5, 3)
    assert found.disagreement == 0.25


def test_criteria_by_hand() -> None:
    rows = [
        row(1, "g", 1.0, verdicts=[1.0, nan]),
        row(2, "g", 1.0, verdicts=[0.0, nan]),
        row(3, "h", 1.0, verdicts=[0.5, 0.25]),
        row(4, "h", 1.0),
    ]
    found = digested(rows).criteria
    assert (found["c0"].verdicts, found["c0"].mean) == (3, 0.5)
    assert found["c0"].met == pytest.approx(2 / 3)
    assert found["c0"].within == pytest.approx(sqrt(0.5))
    assert (found["c1"].verdicts, found["c1"].mean, found["c1"].met, found["c1"].within) == (
        1,
        0.25,
        0.0,
        None,
    )


def test_rows_of_an_older_reward_are_read_by_that() -> None:
    old, new = scorer("old", b=0.5, gone=0.5), scorer("new", a=0.5, b=0.5)
    rows = [
        row(1, "g", 1.0, (0.75, 0.9), request=1),
        row(2, "g", 0.0, (0.25, 0.9), request=1),
        row(3, "h", 1.0, (1.0, 0.5), request=2),
        row(4, "h", 0.0, (0.0, 0.5), request=2),
    ]
    found = digested(rows, {1: old, 2: new})
    assert found.versions == ["new", "old"]
    assert list(found.components) == ["a", "b"]
    assert (found.components["a"].mean, found.components["a"].unscored) == (0.5, 2)
    assert found.components["b"].mean == 0.5
    assert found.components["b"].within == pytest.approx((sqrt(0.125) + 0.0) / 2)


def test_rewards_that_have_no_component_in_common_can_be_told_of() -> None:
    rows = [
        row(1, "g", 1.0, (1.0,), request=1),
        row(2, "g", 0.0, (0.0,), request=1),
        row(3, "h", 1.0, (1.0,), request=2),
    ]
    found = digested(rows, {1: scorer("old", x=1.0), 2: scorer("new", y=1.0)})
    assert (found.components["y"].scored, found.components["y"].share) == (1, None)


def test_requests_of_a_group_that_each_dropped_another_component() -> None:
    rows = [row(1, "g", 1.0, (None, 1.0)), row(2, "g", 0.5, (0.5, None))]
    assert digested(rows).components["a"].share is None


def test_numbers_that_are_too_great_to_add_up_are_null() -> None:
    found = digested(
        [row(1, "g", 1e308, (1e308, 0.0)), row(2, "g", -1e308, (-1e308, 0.0)), row(3, "g", 1e308)]
    )
    assert found.reward.std is None
    assert found.reward.within is None


@pytest.mark.parametrize("count", [1, 2, 19, 20, 21, 100])
def test_percentiles_are_the_nearest_ranks(count: int) -> None:
    found = quantiles(range(1, count + 1))
    assert found is not None
    for rank, share in ((found.p05, 5), (found.p50, 50), (found.p95, 95), (found.p99, 99)):
        assert (rank - 1) * 100 < share * count <= rank * 100  # the least rank that covers the share
    assert quantiles([]) is None


VALUES = st.one_of(st.none(), st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]))


@st.composite
def steps(draw: st.DrawFn) -> list[NarrowRow]:
    """Rows of some groups, in any order. A reward is the mean of its components, where there are both."""
    rows = []
    for number in range(draw(st.integers(1, 16))):
        a, b = draw(VALUES), draw(VALUES)
        reward = None if a is None or b is None else (a + b) / 2
        rows.append(
            row(
                number,
                draw(st.sampled_from("ghi")),
                reward,
                (a, b),
                words=draw(st.integers(0, 9)),
                marks=draw(st.integers(0, 15)),
                same=draw(st.integers(0, 9)),
            )
        )
    return rows


@settings(max_examples=300, deadline=None)
@given(steps())
def test_the_same_as_computed_a_second_time(rows: list[NarrowRow]) -> None:
    found = digested(rows)
    groups = [[row for row in rows if row.group == name] for name in dict.fromkeys(row.group for row in rows)]
    assert found.groups == len([group for group in groups if len(group) >= 2])
    assert found.scored + sum(found.unscored.values()) == found.rollouts == len(rows)
    _same_column(found.reward, [[row.reward for row in group] for group in groups])
    for place, name in enumerate("ab"):
        _same_column(found.components[name], [[row.values[place] for row in group] for group in groups])
    assert found.duplicates == len(rows) - len({row.same for row in rows})
    for mark, number in zip(
        (Mark.COPY, Mark.INCONSISTENT, Mark.TRUNCATED, Mark.MALFORMED),
        (found.copies, found.inconsistent, found.truncated, found.malformed),
        strict=True,
    ):
        assert number == len([row for row in rows if mark in Mark(row.marks)])
    _same_shares(found, groups)
    _same_dead(found, groups)
    every = {number for numbers in found.examples.values() for number in numbers}
    assert every <= {row.id for row in rows}


def _same_column(found: ColumnStatistics, groups: Sequence[Sequence[float | None]]) -> None:
    apart = [[value for value in group if value is not None] for group in groups]
    values = [value for group in apart for value in group]
    assert (found.scored, found.unscored) == (len(values), sum(map(len, groups)) - len(values))
    assert found.mean == (pytest.approx(stats.mean(values)) if values else None)
    assert found.std == (pytest.approx(stats.stdev(values)) if len(values) > 1 else None)
    spreads = [stats.stdev(group) for group in apart if len(group) > 1]
    assert found.within == (pytest.approx(stats.mean(spreads)) if spreads else None)
    assert found.top == (pytest.approx(values.count(1.0) / len(values)) if values else None)
    assert found.bottom == (pytest.approx(values.count(0.0) / len(values)) if values else None)
    assert found.flat_groups == len([group for group in apart if len(group) > 1 and len(set(group)) == 1])


def _same_shares(found: StepStatistics, groups: Sequence[Sequence[NarrowRow]]) -> None:
    """share_k = sum c_k A / sum A^2 over groups that are not dead."""
    products, squares = {"a": 0.0, "b": 0.0}, 0.0
    for group in groups:
        rows = [row for row in group if row.reward is not None]
        rewards = [row.reward or 0.0 for row in rows]
        if len(rows) < 2 or len(set(rewards)) == 1:
            continue
        mean, scale = stats.mean(rewards), stats.stdev(rewards) + EPS
        advantages = [(reward - mean) / scale for reward in rewards]
        squares += sum(advantage**2 for advantage in advantages)
        for place, name in enumerate("ab"):
            parts = [0.5 * (row.values[place] or 0.0) for row in rows]
            centre = stats.mean(parts)
            products[name] += sum((p - centre) / scale * a for p, a in zip(parts, advantages, strict=True))
    for name, product in products.items():
        expected = pytest.approx(product / squares, abs=1e-9) if squares else None
        assert found.components[name].share == expected


def _same_dead(found: StepStatistics, groups: Sequence[Sequence[NarrowRow]]) -> None:
    counts = {"right": 0, "wrong": 0, "equal": 0, "unscored": 0}
    for group in groups:
        rewards = [row.reward for row in group if row.reward is not None]
        if len(group) < 2:
            continue
        if len(rewards) < 2 or (2 * len(rewards) < len(group) and len(set(rewards)) == 1):
            counts["unscored"] += 1
        elif len(set(rewards)) == 1:
            counts[{1.0: "right", 0.0: "wrong"}.get(rewards[0], "equal")] += 1
    assert found.dead == DeadGroups(**counts)
