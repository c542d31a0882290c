"""A share with Wilson's interval (Wilson 1927; Brown, Cai & DasGupta 2001, section 3.1.1).

The bounds are the two shares p for which the share found, s of n, is z standard errors away:

    (s - p)^2 = z^2 p (1 - p) / n

which gives both the interval and the n from which a limit is outside of it.
"""

import math
from statistics import NormalDist

import msgspec

LEVEL = 0.95
"""Confidence of the intervals."""
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)


class Rate(msgspec.Struct, frozen=True):
    """`found` of `of`, with the bounds of its share; all None of nothing."""

    found: int
    of: int
    share: float | None = None
    low: float | None = None
    high: float | None = None


def rate(found: int, of: int) -> Rate:
    """The share with its interval."""
    if of == 0:
        return Rate(found, of)
    share, spread = found / of, Z * Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * math.sqrt(share * (1 - share) / of + spread / (4 * of))
    low = 0.0 if found == 0 else max(0.0, middle - half)
    high = 1.0 if found == of else min(1.0, middle + half)
    return Rate(found, of, share, low, high)


def needed(found: Rate, limit: float) -> int | None:
    """So many questions, with the share found now, would put `limit` outside of the interval.

    None where none would: the share is the limit itself, or nothing was asked.
    """
    if found.share is None or found.share == limit or not 0 < limit < 1:
        return None
    return math.ceil(Z * Z * limit * (1 - limit) / (found.share - limit) ** 2)
