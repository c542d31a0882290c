"""Two runs compared, against counting pair by pair and against an analysis of variance."""

from itertools import combinations
from random import Random
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrics.agreement.bootstrap import Bootstrap
from rubrics.agreement.concordance import Concordance, concordance, kendall_tau_b
from rubrics.agreement.noise import icc, noise_ratio, signal_and_noise, spread
from rubrics.agreement.stability import SAME, WITHIN, Found, Stability, stability

QUICK = Bootstrap(100)
Twice = tuple[float, float]
levels = st.sampled_from([0.0, 0.25, 0.5, 1.0])
groups = st.lists(st.tuples(levels, levels), min_size=1, max_size=9)


def found(group: object, first: float, second: float) -> Found:
    said = ["met" if number >= 0.5 else "unmet" for number in (first, second)]
    return Found(str(group), first, second, (said[0], said[1]))


def value(measured: Stability, name: str) -> float | None:
    return measured.measures[name].value


def test_by_hand() -> None:
    # group a: 0.1 < 0.6 < 0.9 and then 0.2 < 0.4 < 0.8; group b: 0.3 < 0.7 and then 0.9 > 0.5
    rows = [("a", 0.1, 0.2), ("a", 0.6, 0.4), ("a", 0.9, 0.8), ("b", 0.3, 0.9), ("b", 0.7, 0.5)]
    measured = stability("cites", [found(*row) for row in rows], 2, QUICK)
    assert (measured.rollouts, measured.groups, measured.lost) == (5, 2, 2)
    # no-no 1, yes-no 1, yes-yes 2, no-yes 1: p_o 3/5, p_e (2 * 2 + 3 * 3) / 25
    assert value(measured, "kappa") == pytest.approx((3 / 5 - 13 / 25) / (12 / 25))
    assert value(measured, "flipped") == pytest.approx(2 / 5)
    assert value(measured, "difference") == pytest.approx((0.1 + 0.2 + 0.1 + 0.6 + 0.2) / 5)
    assert value(measured, "tau") == pytest.approx((3 - 1) / 4)
    assert value(measured, "order_flipped") == pytest.approx(1 / 4)
    # a: first - 8/15 and second - 7/15; b: -0.2, 0.2 and 0.2, -0.2; three degrees of freedom
    together = (-13 * -4 + 2 * -1 + 11 * 5) / 30 / 15 - 2 * 0.04
    apart = (-0.1 - 1 / 15) ** 2 + (0.2 - 1 / 15) ** 2 + (0.1 - 1 / 15) ** 2 + 2 * 0.4**2
    assert value(measured, "noise_ratio") == pytest.approx((apart / 2) / together)
    assert value(measured, "icc") == pytest.approx(together / (together + apart / 2))
    assert tuple(measured.measures) == SAME + WITHIN
    assert all(each.interval is None for each in measured.measures.values())


@given(groups)
def test_pair_by_pair_agrees(group: list[Twice]) -> None:
    same = opposite = first = second = 0
    for (a, b), (c, d) in combinations(group, 2):
        same += (a - c) * (b - d) > 0
        opposite += (a - c) * (b - d) < 0
        first += a != c
        second += b != d
    assert concordance(group) == Concordance(same, opposite, first, second)


def anova(group: list[Twice]) -> tuple[float, float]:
    """Signal and noise out of the mean squares of rollouts and of what is left (McGraw & Wong 1996)."""
    n, grand = len(group), fmean(x for pair in group for x in pair)
    runs = [fmean(pair[k] for pair in group) for k in (0, 1)]
    rows = [fmean(pair) for pair in group]
    between = 2 * sum((row - grand) ** 2 for row in rows) / (n - 1)
    left = [
        (pair[k] - row - runs[k] + grand) ** 2 for pair, row in zip(group, rows, strict=True) for k in (0, 1)
    ]
    error = sum(left) / (n - 1)
    return (between - error) / 2, error


@given(groups.filter(lambda group: len(group) > 1))
def test_analysis_of_variance_agrees(group: list[Twice]) -> None:
    signal, noise = anova(group)
    sums = spread(group)
    assert signal_and_noise(sums) == pytest.approx((signal, noise), abs=1e-12)
    assert icc(sums) == (pytest.approx(signal / (signal + noise)) if signal + noise > 1e-9 else None)
    assert noise_ratio(sums) == (pytest.approx(noise / signal) if signal > 1e-9 else None)


def runs(groups: int, noise: float, seed: int = 0) -> list[Found]:
    """Findings of spread 1 within groups of 4, each run with this noise; groups differ by much more."""
    random = Random(seed)
    rows = []
    for group in range(groups):
        level = random.gauss(0, 10)
        for _ in range(4):
            finding = level + random.gauss(0, 1)
            rows.append(
                Found(str(group), finding + random.gauss(0, noise), finding + 5 + random.gauss(0, noise))
            )
    return rows


def test_the_noise_put_in_is_the_noise_found() -> None:
    """Neither levels of groups nor a shift of a whole run count: a group's mean is taken off anyway."""
    for noise in (0.5, 1.0):
        measured = stability("reward", runs(300, noise), 0, QUICK)
        ratio, share = (measured.measures[name] for name in ("noise_ratio", "icc"))
        assert ratio.value == pytest.approx(noise**2, rel=0.25)
        assert share.value == pytest.approx(1 / (1 + noise**2), rel=0.15)
        assert share.interval is not None
        assert share.interval.low < 1 / (1 + noise**2) < share.interval.high
        assert ratio.interval is not None
        assert ratio.interval.low < noise**2 < ratio.interval.high
        assert value(measured, "kappa") is value(measured, "flipped") is None


@settings(max_examples=20, deadline=None)
@given(st.lists(groups, min_size=1, max_size=4))
def test_counts_of_groups_add_up(drawn: list[list[Twice]]) -> None:
    measured = stability("c", [found(n, *pair) for n, group in enumerate(drawn) for pair in group], 0, QUICK)
    counts = [sum(column) for column in zip(*map(concordance, drawn), strict=True)]
    assert value(measured, "tau") == kendall_tau_b(counts)
    if counts[0] + counts[1]:
        assert value(measured, "order_flipped") == counts[1] / (counts[0] + counts[1])


def test_identical_runs() -> None:
    measured = stability("c", [found(n // 4, n % 4 / 4, n % 4 / 4) for n in range(80)], 0, QUICK)
    expected = {"kappa": 1, "flipped": 0, "difference": 0, "tau": 1, "order_flipped": 0, "noise_ratio": 0}
    assert {name: value(measured, name) for name in expected} == expected
    assert value(measured, "icc") == 1
    assert all(each.interval is not None for each in measured.measures.values())


def test_a_constant_judge_has_no_order_and_no_signal() -> None:
    measured = stability("c", [found(n // 4, 0.9, 0.9) for n in range(80)], 0, QUICK)
    assert {name for name in SAME + WITHIN if value(measured, name) is None} == {"kappa", *WITHIN}
    assert value(measured, "flipped") == value(measured, "difference") == 0


def test_noise_alone_has_no_ratio_but_an_icc_below_0() -> None:
    rows = [found(n // 2, n % 2, 1 - n % 2) for n in range(40)]
    measured = stability("c", rows, 0, QUICK)
    assert value(measured, "noise_ratio") is None
    assert value(measured, "icc") == value(measured, "tau") == -1
    assert value(measured, "order_flipped") == 1


def test_groups_of_one_tell_nothing_of_order() -> None:
    measured = stability("c", [found(n, n / 20, n / 20) for n in range(20)], 0, QUICK)
    assert measured.groups == 0
    assert [value(measured, name) for name in WITHIN] == [None] * 4
    assert measured.measures["flipped"].interval is not None


def test_nothing_was_decided_twice() -> None:
    measured = stability("c", [], 7, QUICK)
    assert {each.value for each in measured.measures.values()} == {None}
    assert (measured.rollouts, measured.lost, measured.groups) == (0, 7, 0)
