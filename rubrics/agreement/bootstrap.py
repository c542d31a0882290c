"""Percentile intervals by resampling clusters (Efron & Tibshirani 1993, chapter 13; Field & Welsh 2007)."""

from collections.abc import Callable, Mapping, Sequence
from random import Random

import msgspec

LEVEL = 0.95
"""The share of resamples that an interval spans."""
LEAST_CLUSTERS = 10
"""With fewer, resampling says nothing of what other prompts would have given."""
MOST_UNDEFINED = 0.05
"""Share of resamples that may lack a statistic before its interval would be that of the lucky ones."""

Statistics = Mapping[str, float | None]


class Interval(msgspec.Struct, frozen=True):
    """From `low` to `high`."""

    low: float
    high: float


class Bootstrap(msgspec.Struct, frozen=True):
    """How often to resample, and the seed."""

    resamples: int = 1000
    seed: int = 0

    def intervals(
        self, statistics: Callable[[Sequence[int]], Statistics], clusters: int
    ) -> dict[str, Interval | None]:
        """An interval for each statistic, which are given how often each cluster was drawn.

        None with fewer than LEAST_CLUSTERS, and where more than MOST_UNDEFINED of the resamples lack it.
        """
        if clusters < LEAST_CLUSTERS:
            return {}
        drawn = [statistics(counts) for counts in self.draws(clusters)]
        return {name: interval([each[name] for each in drawn]) for name in drawn[0]}

    def draws(self, clusters: int) -> list[list[int]]:
        """How often each cluster was drawn, resample by resample."""
        random, numbers = Random(self.seed), range(clusters)  # noqa: S311 - not a secret
        return [_counted(random.choices(numbers, k=clusters), clusters) for _ in range(self.resamples)]


def _counted(drawn: Sequence[int], clusters: int) -> list[int]:
    counts = [0] * clusters
    for number in drawn:
        counts[number] += 1
    return counts


def interval(values: Sequence[float | None]) -> Interval | None:
    """The middle LEVEL of the values; None where too many of them are undefined."""
    known = sorted(value for value in values if value is not None)
    if not known or len(values) - len(known) > MOST_UNDEFINED * len(values):
        return None
    tail = (1 - LEVEL) / 2
    return Interval(quantile(known, tail), quantile(known, 1 - tail))


def quantile(ascending: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie, on the line between its neighbours (Hyndman-Fan type 7)."""
    place = share * (len(ascending) - 1)
    below = int(place)
    above = min(below + 1, len(ascending) - 1)
    return ascending[below] + (place - below) * (ascending[above] - ascending[below])
