"""Whether two samples of a figure differ, and by how much. Pure."""

import math
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from statistics import fmean, variance
from typing import Literal

import msgspec

from reward_server.load.figures.intervals import LEAST_REPEATS, LEAST_SECONDS, LEVEL, middle
from reward_server.load.figures.student import quantile
from reward_server.load.report import Interval

RESAMPLES = 1000
TESTS = {
    "repeat": "Welch's t interval of the difference of means over repeats",
    "second": "block bootstrap of the difference of means over seconds",
}
Sampled = Literal["repeat", "second"]


class Difference(msgspec.Struct, frozen=True):
    """By how much b is more than a, with its 95 % interval."""

    interval: Interval
    significant: bool
    """Whether 0 lies outside."""


def difference(
    a: Sequence[float | None], b: Sequence[float | None], sampled: Sampled, seed: int = 0
) -> Difference | None:
    """None where there are too few values to say."""
    known_a, known_b = [x for x in a if x is not None], [x for x in b if x is not None]
    least = LEAST_REPEATS if sampled == "repeat" else LEAST_SECONDS
    if min(len(known_a), len(known_b)) < least:
        return None
    interval = _welch(known_a, known_b) if sampled == "repeat" else _bootstrap(known_a, known_b, seed)
    return Difference(interval, significant=not interval.low <= 0 <= interval.high)


def _welch(a: Sequence[float], b: Sequence[float]) -> Interval:
    """Welch 1947, with the degrees of freedom of Satterthwaite 1946."""
    middle_of = fmean(b) - fmean(a)
    part_a, part_b = variance(a) / len(a), variance(b) / len(b)
    error = part_a + part_b
    if not error:
        return Interval(middle_of, middle_of)
    freedom = error**2 / (part_a**2 / (len(a) - 1) + part_b**2 / (len(b) - 1))
    half = quantile((1 + LEVEL) / 2, freedom) * math.sqrt(error)
    return Interval(middle_of - half, middle_of + half)


def _bootstrap(a: Sequence[float], b: Sequence[float], seed: int) -> Interval:
    random = Random(seed)  # noqa: S311 - not a secret
    means_a, means_b = _Resampled(a), _Resampled(b)
    drawn = [means_b.draw(random) - means_a.draw(random) for _ in range(RESAMPLES)]
    interval = middle(drawn)
    assert interval is not None
    return interval


class _Resampled:
    """Means of circular blocks of seconds: a queue makes neighbouring seconds alike."""

    def __init__(self, values: Sequence[float]) -> None:
        self._size = len(values)
        self._length = math.ceil(self._size ** (1 / 3))
        self._sums = [0.0, *accumulate([*values, *values[: self._length]])]

    def draw(self, random: Random) -> float:
        """The mean of as many seconds as there were, the last block cut."""
        total, left = 0.0, self._size
        while left:
            start, length = int(random.random() * self._size), min(self._length, left)
            total += self._sums[start + length] - self._sums[start]
            left -= length
        return total / self._size
