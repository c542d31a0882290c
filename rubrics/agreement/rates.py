"""Shares of a table of counts whose rows are people's labels and whose columns are the judge's choices."""

from math import fsum

from rubrics.agreement.counts import Counts, total


def agreement(counts: Counts) -> float | None:
    """The share of pairs that are equal; None without pairs."""
    return _share(fsum(counts[i][i] for i in range(len(counts))), total(counts))


def sensitivity(counts: Counts) -> float | None:
    """Of what people say holds (row 1), the share that the judge found; None where nothing holds."""
    return _share(counts[1][1], fsum(counts[1]))


def specificity(counts: Counts) -> float | None:
    """Of what people say does not hold (row 0), the share that the judge denied; None where all holds."""
    return _share(counts[0][0], fsum(counts[0]))


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
