"""The temperature that fits best, against a fine grid, and where there is none."""

from collections.abc import Sequence
from math import exp, log
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrics.agreement.bootstrap import Bootstrap
from rubrics.agreement.clustered import Clustered
from rubrics.agreement.sample import Item
from rubrics.agreement.temperature import FLATTEST, SHARPEST, Temperature, best_sharpness, fit
from tests.rubrics.agreement.making import noisy, said, statement

QUICK = Bootstrap(100)


def fitted(items: Sequence[Item], bootstrap: Bootstrap = QUICK) -> Temperature | None:
    return fit(Clustered(statement(items)), bootstrap)


def loss(items: Sequence[Item], temperature: float) -> float:
    """Mean log loss, written down as in the textbook."""
    total = 0.0
    for item in items:
        assert item.probability is not None
        odds = item.probability / (1 - item.probability)
        chances = [1 / (1 + odds ** (1 / temperature)), 1 / (1 + odds ** (-1 / temperature))]
        total -= sum(log(chances[label]) for label in item.labels) / len(item.labels)
    return total / len(items)


def sure(groups: int, seed: int, temperature: float) -> list[Item]:
    """Labels drawn from honest probabilities, and a judge that states them at another temperature."""
    random = Random(seed)
    items = []
    for number in range(groups * 4):
        evidence = random.gauss(0, 1.5)
        holds = int(random.random() < 1 / (1 + exp(-evidence)))
        items.append(said(number // 4, [holds], 1 / (1 + exp(-evidence * temperature))))
    return items


def test_by_hand() -> None:
    # logits 2 and 2, one right and one wrong in three and one: sigmoid(2 / T) = 3/4, so T = 2 / log 3
    p = 1 / (1 + exp(-2.0))
    items = [said(1, [1], p), said(2, [1], p), said(3, [0], 1 - p), said(4, [0], p)]
    found = fitted(items)
    assert found is not None
    assert found.temperature == pytest.approx(2 / log(3))
    assert found.log_loss == pytest.approx((3 * log(1 + exp(-2)) + log(1 + exp(2))) / 4)
    assert found.scaled_log_loss == pytest.approx(-(3 * log(3 / 4) + log(1 / 4)) / 4)
    # in [0.8, 0.9) lie three with two that hold, in [0.1, 0.2) one with none; then 3/4 and 1/4
    assert found.ece == pytest.approx((abs(3 * p - 2) + (1 - p)) / 4)
    assert found.scaled_ece == pytest.approx((abs(3 * 0.75 - 2) + 0.25) / 4)
    assert (found.interval, found.at_end) == (None, None)


@pytest.mark.parametrize("seed", range(6))
def test_no_point_of_a_fine_grid_is_better(seed: int) -> None:
    items = noisy(8, raters=1 + seed % 3, seed=seed).items
    items = [Item(i.group, i.labels, i.choice, min(max(i.probability or 0, 0.01), 0.99)) for i in items]
    found = fitted(items)
    assert found is not None
    grid = [SHARPEST * (FLATTEST / SHARPEST) ** (step / 2000) for step in range(2001)]
    best = min(grid, key=lambda temperature: loss(items, temperature))
    assert found.temperature == pytest.approx(best, rel=0.004)
    assert found.scaled_log_loss <= loss(items, best) + 1e-12
    assert found.scaled_log_loss == pytest.approx(loss(items, found.temperature))
    assert found.log_loss == pytest.approx(loss(items, 1))


margins = st.lists(
    st.tuples(st.floats(-14, 14, allow_subnormal=False), st.floats(0.1, 3)), min_size=1, max_size=12
)


@settings(max_examples=60, deadline=None)
@given(margins, st.floats(1 / FLATTEST, 1 / SHARPEST))
def test_wherever_it_starts_it_ends_at_the_least(found: list[tuple[float, float]], start: float) -> None:
    def summed(sharpness: float) -> float:
        return sum(
            w * (log(1 + exp(-sharpness * m)) if sharpness * m > -500 else -sharpness * m) for m, w in found
        )

    best = best_sharpness(found, start)
    assert 1 / FLATTEST <= best <= 1 / SHARPEST
    grid = [20 ** (step / 100 - 1) for step in range(201)]
    assert summed(best) <= min(map(summed, grid)) + 1e-9


def test_a_judge_too_sure_of_itself_is_found_out_and_an_honest_one_is_not() -> None:
    three, one = fitted(sure(80, 1, 3.0)), fitted(sure(80, 1, 1.0))
    assert three is not None
    assert one is not None
    assert three.temperature == pytest.approx(3 * one.temperature)
    assert three.interval is not None
    assert one.interval is not None
    assert three.interval.low > 1.5
    assert three.interval.low < 3.0 < three.interval.high
    assert one.interval.low < 1 < one.interval.high
    assert three.scaled_ece < three.ece
    assert three.scaled_log_loss == pytest.approx(one.scaled_log_loss)


def test_perfect_separation_ends_at_the_sharpest() -> None:
    found = fitted([said(n, [n % 2], 0.7 if n % 2 else 0.3) for n in range(20)])
    assert found is not None
    assert found.temperature == pytest.approx(SHARPEST)
    assert found.at_end == "sharpest"
    assert found.scaled_log_loss < 1e-6


def test_a_judge_that_says_the_opposite_ends_at_the_flattest() -> None:
    found = fitted([said(n, [n % 2], 0.3 if n % 2 else 0.7) for n in range(20)])
    assert found is not None
    assert found.temperature == pytest.approx(FLATTEST)
    assert found.at_end == "flattest"


@pytest.mark.parametrize(
    "items",
    [
        [],
        [said(n, [1], 0.3 + n / 50) for n in range(20)],
        [said(n, [0], 0.3) for n in range(20)],
        [said(n, [n % 2], 0.5) for n in range(20)],
        [said(n, [n % 2], None) for n in range(20)],
        [Item(str(n), (n % 2,), n % 2) for n in range(20)],
    ],
    ids=["nothing", "all yes", "all no", "all undecided", "not judged", "by code"],
)
def test_where_no_temperature_can_be_told(items: list[Item]) -> None:
    assert fitted(items) is None


def test_certainties_are_bounded() -> None:
    found = fitted([said(n, [n % 2], float(n % 2 if n else 1)) for n in range(20)])  # one sure miss in 20
    assert found is not None
    assert 1 < found.temperature < FLATTEST
    assert found.log_loss == pytest.approx(13.8155 / 20, abs=1e-4)  # -log(1e-6)


def test_too_few_groups_give_no_interval() -> None:
    few = fitted(sure(9, 2, 2.0))
    assert few is not None
    assert few.interval is None
