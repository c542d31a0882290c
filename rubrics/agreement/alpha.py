"""Krippendorff's alpha (Content Analysis, 2004, chapter 11): any number of raters, gaps allowed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import fsum
from typing import Literal

from rubrics.agreement.counts import Counts, Pairs, rows, table

Difference = Literal["nominal", "ordinal", "interval"]
"""How far two levels are apart: as different names, as ranks, or as values."""


def coincidences(levels: Sequence[int]) -> Pairs:
    """The pairs among the ratings of one unit, which weigh as much as it has ratings; none for a lone one."""
    if len(levels) < 2:
        return {}
    counted = Counter(levels)
    share = 1 / (len(levels) - 1)
    pairs = {(i, j): counted[i] * (counted[j] - (i == j)) * share for i in counted for j in counted}
    return {pair: weight for pair, weight in pairs.items() if weight}


def krippendorff_alpha(
    units: Iterable[Sequence[int]], levels: int, difference: Difference, values: Sequence[float] = ()
) -> float | None:
    """Alpha of units, each the level numbers it was given by those who rated it."""
    pairs = (pair for unit in units for pair in coincidences(unit).items())
    return alpha(table(pairs, levels), difference, values)


def alpha(coincidence: Counts, difference: Difference, values: Sequence[float] = ()) -> float | None:
    """Alpha of a symmetric coincidence table; `values` are the levels' for `interval`.

    None where no unit has two ratings, and where all ratings are equal: without variation there is nothing
    to agree upon.
    """
    sizes = rows(coincidence)
    places = [(i, j) for i in range(len(sizes)) for j in range(i)]
    apart = {place: _squared(place, sizes, difference, values) for place in places}
    observed = fsum(coincidence[i][j] * apart[i, j] for i, j in places)
    expected = fsum(sizes[i] * sizes[j] * apart[i, j] for i, j in places)
    return 1 - (fsum(sizes) - 1) * observed / expected if expected > 0 else None


def _squared(
    place: tuple[int, int], sizes: Sequence[float], difference: Difference, values: Sequence[float]
) -> float:
    high, low = place
    if difference == "nominal":
        return 1.0
    if difference == "interval":
        return (values[high] - values[low]) ** 2
    return float((fsum(sizes[low : high + 1]) - (sizes[low] + sizes[high]) / 2) ** 2)
