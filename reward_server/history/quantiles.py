"""Percentiles of a list, by nearest rank: always one of its values."""

from collections.abc import Iterable
from math import ceil

from reward_server.history.statistics import Quantiles


def quantiles(values: Iterable[float]) -> Quantiles | None:
    """The percentiles; None of nothing."""
    ordered = sorted(map(float, values))  # as they are read back
    if not ordered:
        return None
    p05, p50, p95, p99 = (ordered[ceil(share * len(ordered)) - 1] for share in (0.05, 0.5, 0.95, 0.99))
    return Quantiles(p05, p50, p95, p99, len(ordered))
