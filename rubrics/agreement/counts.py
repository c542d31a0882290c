"""How often one rater said i where another said j: what kappa and alpha are computed from."""

from collections.abc import Iterable, Mapping, Sequence
from math import fsum

Counts = Sequence[Sequence[float]]
"""A square table of weights: row i and column j hold the pairs in which the first said i, the second j."""

Pairs = Mapping[tuple[int, int], float]
"""The same without its zeros."""


def table(pairs: Iterable[tuple[tuple[int, int], float]], levels: int) -> list[list[float]]:
    """Add up weighted pairs of level numbers, each below `levels`."""
    counts = [[0.0] * levels for _ in range(levels)]
    for (first, second), weight in pairs:
        counts[first][second] += weight
    return counts


def total(counts: Counts) -> float:
    """The weight of all pairs."""
    return fsum(fsum(row) for row in counts)


def rows(counts: Counts) -> list[float]:
    """How often the first rater said each level."""
    return [fsum(row) for row in counts]


def columns(counts: Counts) -> list[float]:
    """How often the second rater said each level."""
    return [fsum(column) for column in zip(*counts, strict=True)]


def mirrored(counts: Counts) -> list[list[float]]:
    """The pairs in both orders, for statistics in which neither rater comes first."""
    return [
        [here + there for here, there in zip(row, column, strict=True)]
        for row, column in zip(counts, zip(*counts, strict=True), strict=True)
    ]
