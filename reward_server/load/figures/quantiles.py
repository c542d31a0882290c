"""Exact percentiles, and how latencies are spread."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

from reward_server.load.report import Bin, Latency

BINS_PER_DECADE = 20
"""A bin's upper end is 12 % above its lower one."""
LEAST_S = 1e-6
"""What is faster counts as this fast in a histogram: a logarithm needs more than 0."""


def nearest_rank(ascending: Sequence[float], share: float) -> float:
    """The smallest of the values that a `share` of them do not exceed (nearest rank)."""
    rank = math.ceil(round(share * len(ascending), 9))  # 0.9 * 10 must not become 9.000000000000002
    return ascending[max(rank, 1) - 1]


def latency(values: Iterable[float]) -> Latency | None:
    """Their distribution; None without any."""
    ordered = sorted(values)
    if not ordered:
        return None
    p50, p90, p99, p999 = (nearest_rank(ordered, share) for share in (0.5, 0.9, 0.99, 0.999))
    return Latency(len(ordered), math.fsum(ordered) / len(ordered), p50, p90, p99, p999, ordered[-1])


def histogram(values: Iterable[float]) -> list[Bin]:
    """Adjoining log-spaced bins from the fastest to the slowest."""
    ordered = sorted(max(value, LEAST_S) for value in values)
    if not ordered:
        return []
    first, last = place(ordered[0], BINS_PER_DECADE), place(ordered[-1], BINS_PER_DECADE)
    edges = [edge(number, BINS_PER_DECADE) for number in range(first, last + 2)]
    below = [bisect_left(ordered, each) for each in edges]
    return [
        Bin(low, high, after - before)
        for (low, high), (before, after) in zip(pairwise(edges), pairwise(below), strict=True)
    ]


def place(value: float, per_decade: int) -> int:
    """The number of the log-spaced bin that holds a value."""
    least = max(value, LEAST_S)
    number = math.floor(math.log10(least) * per_decade)
    if edge(number, per_decade) > least:  # logarithms are rounded
        return number - 1
    return number + 1 if edge(number + 1, per_decade) <= least else number


def edge(number: int, per_decade: int) -> float:
    """The lower end of a bin."""
    return float(10 ** (number / per_decade))
