from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.agreement.alpha import Difference, krippendorff_alpha
from tests.rubrics.agreement.recorded import RECORDED, AlphaCase

DIFFERENCES: list[Difference] = ["nominal", "ordinal", "interval"]
LEVELS = 4
VALUES = [0.0, 1.0, 2.0, 3.0]

TEXTBOOK = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""
"""Four observers, twelve units (Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, C)."""


def by_unit(text: str) -> list[list[int]]:
    observers = [line.split() for line in text.split("\n") if line]
    return [[int(each) - 1 for each in unit if each != "."] for unit in zip(*observers, strict=True)]


@pytest.mark.parametrize(
    ("difference", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_the_textbook_example(difference: Difference, alpha: float) -> None:
    found = krippendorff_alpha(by_unit(TEXTBOOK), 5, difference, [1, 2, 3, 4, 5])
    assert found == pytest.approx(alpha, abs=5e-4)


@pytest.mark.parametrize("case", RECORDED.alpha)
@pytest.mark.parametrize("difference", DIFFERENCES)
def test_the_krippendorff_package_agrees(case: AlphaCase, difference: Difference) -> None:
    units = [[level for level in unit if level is not None] for unit in case.units]
    found = krippendorff_alpha(units, case.levels, difference, range(case.levels))
    assert found == pytest.approx(getattr(case, difference), abs=1e-12)


def brute_force(units: list[list[int]], difference: Difference) -> float | None:
    """1 - D_o / D_e, pair of ratings by pair of ratings, as chapter 11.3 defines it."""
    pairable = [unit for unit in units if len(unit) > 1]
    ratings = [rating for unit in pairable for rating in unit]

    def apart(a: int, b: int) -> float:
        if difference == "nominal":
            return float(a != b)
        if difference == "interval":
            return (VALUES[a] - VALUES[b]) ** 2
        low, high = sorted((a, b))
        between = sum(low <= rating <= high for rating in ratings)
        return (between - (ratings.count(a) + ratings.count(b)) / 2) ** 2 if a != b else 0.0

    observed = sum(apart(a, b) / (len(unit) - 1) for unit in pairable for a, b in permutations(unit, 2))
    expected = sum(apart(a, b) for a, b in permutations(ratings, 2))
    return 1 - (len(ratings) - 1) * observed / expected if expected else None


@given(st.lists(st.lists(st.integers(0, LEVELS - 1), max_size=4), max_size=8), st.sampled_from(DIFFERENCES))
def test_brute_force_agrees(units: list[list[int]], difference: Difference) -> None:
    known = brute_force(units, difference)
    found = krippendorff_alpha(units, LEVELS, difference, VALUES)
    assert found == (None if known is None else pytest.approx(known, abs=1e-9))


@pytest.mark.parametrize("units", [[], [[1], [0], []], [[1, 1], [1, 1, 1]]])
def test_without_pairs_or_without_variation_there_is_no_alpha(units: list[list[int]]) -> None:
    assert krippendorff_alpha(units, 2, "nominal") is None
