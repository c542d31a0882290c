"""Confidence intervals over repeats, or over the seconds of one measurement."""

import math
from collections.abc import Callable, Mapping, Sequence
from random import Random
from statistics import fmean, stdev

from reward_server.load.figures.quantiles import nearest_rank
from reward_server.load.figures.student import quantile
from reward_server.load.report import Interval

LEVEL = 0.95
LEAST_REPEATS = 3
LEAST_SECONDS = 10
"""With fewer, resampling seconds says nothing of what other seconds would have given."""
RESAMPLES = 300

Statistics = Mapping[str, float | None]


def over_repeats(values: Sequence[float | None]) -> Interval | None:
    """Student's t interval of the mean; None with too few repeats, or if one lacks the figure."""
    known = [value for value in values if value is not None]
    if len(known) < LEAST_REPEATS or len(known) < len(values):
        return None
    half = quantile((1 + LEVEL) / 2, len(known) - 1) * stdev(known) / math.sqrt(len(known))
    return Interval(fmean(known) - half, fmean(known) + half)


def over_seconds(
    statistics: Callable[[Sequence[int]], Statistics], seconds: int, seed: int
) -> dict[str, Interval]:
    """Percentile intervals of statistics of seconds, which are given how often each second was drawn."""
    if seconds < LEAST_SECONDS:
        return {}
    drawn = [statistics(counts) for counts in draws(seconds, seed)]
    found = {name: middle([each[name] for each in drawn]) for name in drawn[0]}
    return {name: interval for name, interval in found.items() if interval is not None}


def middle(values: Sequence[float | None]) -> Interval | None:
    """What LEVEL of the values lie in; None where too many are unknown."""
    known = sorted(value for value in values if value is not None)
    if not known or len(known) < LEVEL * len(values):
        return None
    tail = (1 - LEVEL) / 2
    return Interval(nearest_rank(known, tail), nearest_rank(known, 1 - tail))


def draws(seconds: int, seed: int) -> list[list[int]]:
    """How often each second was drawn, resample by resample.

    Drawn are circular blocks (Politis & Romano 1992), since a queue makes neighbouring seconds alike.
    """
    random = Random(seed)  # noqa: S311 - not a secret
    return [_drawn(seconds, random) for _ in range(RESAMPLES)]


def _drawn(seconds: int, random: Random) -> list[int]:
    counts = [0] * seconds
    length = math.ceil(seconds ** (1 / 3))
    start = 0
    for number in range(seconds):  # as many as there were: the last block is cut
        if number % length == 0:
            start = random.randrange(seconds)
        counts[(start + number % length) % seconds] += 1
    return counts
