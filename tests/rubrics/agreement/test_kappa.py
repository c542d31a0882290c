import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.agreement.counts import table
from rubrics.agreement.kappa import Weighting, cohen_kappa, kappa_of_two
from rubrics.agreement.rates import agreement, sensitivity, specificity
from tests.rubrics.agreement.recorded import RECORDED, KappaCase

WEIGHTINGS: list[Weighting] = ["unweighted", "linear", "quadratic"]
pairs = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=30)


def counted(first: list[int], second: list[int], levels: int) -> list[list[float]]:
    return table(((pair, 1.0) for pair in zip(first, second, strict=True)), levels)


def brute_force(found: list[tuple[int, int]], weighting: Weighting) -> float | None:
    """Mean disagreement of the pairs over that of every first rating with every second one."""
    power = {"unweighted": 0, "linear": 1, "quadratic": 2}[weighting]

    def mean(each: list[tuple[int, int]]) -> float:
        return sum(float(abs(a - b) ** power) for a, b in each if a != b) / len(each)

    if not found:
        return None
    expected = mean([(a, b) for a, _ in found for _, b in found])
    return 1 - mean(found) / expected if expected else None


def test_a_table_computed_by_hand() -> None:
    # people: 50 no, 50 yes; judge: 60 no, 40 yes; 45 + 35 agree. p_o = 0.8, p_e = 0.5 * 0.6 + 0.5 * 0.4 = 0.5
    counts = [[45, 5], [15, 35]]
    assert cohen_kappa(counts) == pytest.approx(0.6)
    assert (agreement(counts), sensitivity(counts), specificity(counts)) == (0.8, 0.7, 0.9)


def test_weights_by_hand() -> None:
    # levels 0 1 2: (0,0) (1,2) (2,1) (2,2). Linear: observed 2/4. Expected: firsts 1 1 2, seconds 1 1 2:
    # |i-j|: 0-1 1*1, 0-2 2*1*2, 1-0 1*1, 1-2 1*2, 2-0 2*2*1, 2-1 2*1 = 14 of 16. 1 - (8/16) / (14/16) = 3/7
    counts = counted([0, 1, 2, 2], [0, 2, 1, 2], 3)
    assert cohen_kappa(counts, "linear") == pytest.approx(3 / 7)
    # quadratic: observed 2/4; expected 1 + 4*2 + 1 + 2 + 4*2 + 2 = 22 of 16. 1 - 8/22
    assert cohen_kappa(counts, "quadratic") == pytest.approx(14 / 22)


@pytest.mark.parametrize("case", RECORDED.kappa)
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_scikit_learn_agrees(case: KappaCase, weighting: Weighting) -> None:
    found = cohen_kappa(counted(case.first, case.second, case.levels), weighting)
    assert found == pytest.approx(getattr(case, weighting), abs=1e-12)


@given(pairs, st.sampled_from(WEIGHTINGS))
def test_brute_force_agrees(found: list[tuple[int, int]], weighting: Weighting) -> None:
    kappa = cohen_kappa(table(((pair, 1.0) for pair in found), 4), weighting)
    assert kappa == (None if (known := brute_force(found, weighting)) is None else pytest.approx(known))


@given(st.lists(st.integers(0, 9), min_size=4, max_size=4))
def test_two_levels_have_a_shorter_formula(cells: list[int]) -> None:
    no, wrong_yes, missed, yes = map(float, cells)
    kappa = cohen_kappa([[no, wrong_yes], [missed, yes]])
    found = kappa_of_two(no, wrong_yes, missed, yes)
    assert found == (None if kappa is None else pytest.approx(kappa, abs=1e-12))


@given(pairs)
def test_what_everything_weighs_does_not_matter(found: list[tuple[int, int]]) -> None:
    once, thrice = (table(((pair, weight) for pair in found), 4) for weight in (1.0, 3.0))
    kappa = cohen_kappa(once)
    assert cohen_kappa(thrice) == (None if kappa is None else pytest.approx(kappa))


@pytest.mark.parametrize("counts", [[[0, 0], [0, 0]], [[0, 0], [0, 7]]])
def test_nothing_and_one_class_on_both_sides_have_no_kappa(counts: list[list[float]]) -> None:
    assert cohen_kappa(counts) is None


def test_one_class_on_one_side_is_no_better_than_chance() -> None:
    assert cohen_kappa([[0, 0], [3, 7]]) == 0
    assert specificity([[0, 0], [3, 7]]) is None
    assert sensitivity([[3, 7], [0, 0]]) is None
    assert agreement([[0, 0], [0, 0]]) is None
