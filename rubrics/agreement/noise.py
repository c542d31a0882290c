"""How much of the spread within a group is the judge's noise: what a policy trained on groups learns from.

Of rollout i of a group, run k finds x_ik = (what the group and the run share)_k + s_i + e_ik. Within groups,
the covariance of the two runs estimates the variance of the signal s, and half the variance of their
difference that of the noise e. Signal / (signal + noise) is ICC(C,1) of McGraw & Wong (1996), pooled
over groups.
"""

from collections.abc import Sequence
from math import fsum
from typing import NamedTuple

from rubrics.agreement.concordance import Twice

_NOTHING = 1e-12
"""Variances below it come from rounding: probabilities are taken to nine decimals."""


class Spread(NamedTuple):
    """Sums over one group, or over several."""

    together: float
    """Of products of the two runs' deviations from their means in the group."""
    apart: float
    """Of squared deviations of the two runs' difference."""
    freedom: float
    """Rollouts less one, group by group."""


def spread(group: Sequence[Twice]) -> Spread:
    """The sums of one group."""
    mean_a, mean_b = (fsum(found) / len(group) for found in zip(*group, strict=True))
    centred = [(a - mean_a, b - mean_b) for a, b in group]
    return Spread(
        fsum(a * b for a, b in centred), fsum((a - b) ** 2 for a, b in centred), float(len(group) - 1)
    )


def signal_and_noise(sums: Sequence[float]) -> tuple[float, float] | None:
    """The two variances, of the numbers of a Spread; the signal's may be estimated below 0.

    None where no group has two rollouts.
    """
    together, apart, freedom = sums
    return (together / freedom, apart / 2 / freedom) if freedom else None


def noise_ratio(sums: Sequence[float]) -> float | None:
    """Variance of the noise over that of the signal; None without any sign of a signal."""
    found = signal_and_noise(sums)
    if found is None or found[0] <= _NOTHING:
        return None
    signal, noise = found
    return noise / signal


def icc(sums: Sequence[float]) -> float | None:
    """Signal / (signal + noise), in [-1, 1]; None where the rollouts of each group are all alike."""
    found = signal_and_noise(sums)
    if found is None or sum(found) <= _NOTHING:
        return None
    return found[0] / sum(found)
