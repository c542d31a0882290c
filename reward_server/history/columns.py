"""Statistics of one column of numbers over groups: a component's, the reward's, a criterion's."""

from collections.abc import Sequence
from math import fsum, isfinite, sqrt

from reward_server.history.dead import CLOSE, Bounds
from reward_server.history.statistics import ColumnStatistics, CriterionStatistics

Column = Sequence[Sequence[float | None]]
"""Values by group; None where there is no number."""

HALF = 0.5


def column_statistics(
    column: Column, bounds: Bounds, share: float | None = None, weight: float | None = None
) -> ColumnStatistics:
    """What can be told of a column whose values lie within `bounds`."""
    low, high = bounds
    groups = _numbers(column)
    values = [value for group in groups for value in group]
    return ColumnStatistics(
        scored=len(values),
        unscored=sum(map(len, column)) - len(values),
        mean=_mean(values),
        std=_std(values),
        within=_within(groups),
        top=_share([value >= high - CLOSE for value in values]),
        bottom=_share([value <= low + CLOSE for value in values]),
        flat_groups=sum(len(group) > 1 and max(group) - min(group) <= CLOSE for group in groups),
        share=share,
        low=low if isfinite(low) else None,
        high=high if isfinite(high) else None,
        weight=weight,
    )


def criterion_statistics(column: Column) -> CriterionStatistics:
    """What can be told of a criterion's values, which lie in [0, 1]."""
    groups = _numbers(column)
    values = [value for group in groups for value in group]
    return CriterionStatistics(
        verdicts=len(values),
        mean=_mean(values),
        met=_share([value >= HALF for value in values]),
        within=_within(groups),
    )


def _numbers(column: Column) -> list[list[float]]:
    return [[value for value in group if value is not None] for group in column]


def _within(groups: Sequence[Sequence[float]]) -> float | None:
    spreads = [std for std in map(_std, groups) if std is not None]
    return _mean(spreads)


def _mean(values: Sequence[float]) -> float | None:
    if not values:
        return None
    try:
        return fsum(values) / len(values)
    except OverflowError:  # numbers beyond 1e308 have a mean, but not one that can be written
        return None


def _std(values: Sequence[float]) -> float | None:
    mean = _mean(values)
    if mean is None or len(values) < 2:
        return None
    try:
        return sqrt(fsum([(value - mean) ** 2 for value in values]) / (len(values) - 1))
    except OverflowError:
        return None


def _share(held: Sequence[bool]) -> float | None:
    return sum(held) / len(held) if held else None
