"""Cohen's kappa (Cohen 1960; weighted: Cohen 1968): agreement beyond what two raters reach by chance."""

from math import fsum
from typing import Literal

from rubrics.agreement.counts import Counts, columns, rows, total

Weighting = Literal["unweighted", "linear", "quadratic"]
"""How much a disagreement between levels i and j counts: 1, |i - j| or (i - j)^2."""

_POWER = {"unweighted": 0, "linear": 1, "quadratic": 2}


def cohen_kappa(counts: Counts, weighting: Weighting = "unweighted") -> float | None:
    """1 - observed / expected disagreement, in [-1, 1].

    None where nothing was compared, and where both raters said one and the same level throughout: chance
    alone explains that.
    """
    size = total(counts)
    if size == 0:
        return None
    first, second, power = rows(counts), columns(counts), _POWER[weighting]
    places = [(i, j) for i in range(len(first)) for j in range(len(second)) if i != j]
    observed = fsum(abs(i - j) ** power * counts[i][j] for i, j in places)
    expected = fsum(abs(i - j) ** power * first[i] * second[j] for i, j in places) / size
    return 1 - observed / expected if expected > 0 else None


def kappa_of_two(no: float, wrong_yes: float, missed: float, yes: float) -> float | None:
    """Unweighted kappa of a table of two levels, [[no, wrong_yes], [missed, yes]], in a few operations."""
    expected = (no + wrong_yes) * (wrong_yes + yes) + (no + missed) * (missed + yes)
    return 2 * (no * yes - wrong_yes * missed) / expected if expected > 0 else None
