"""What NeMo Gym's `/aggregate_metrics` answers: statistics of the numbers in verify responses."""

from collections.abc import Iterable, Mapping, Sequence
from math import fsum, sqrt
from typing import TypeGuard

import msgspec

from rubrics.rollout import Json

_TASK = "_ng_task_index"
LARGEST = 1e100
"""Numbers beyond are none that a metric could be, and would overflow in a sum."""
Row = Mapping[str, Json]


class Request(msgspec.Struct, frozen=True):
    """Answers of `/verify`, stripped by the collector to what can be aggregated."""

    verify_responses: list[dict[str, Json]]


class AggregateMetrics(msgspec.Struct, frozen=True):
    """Flat keys such as `mean/reward`, as loggers of metrics like them."""

    group_level_metrics: Sequence[Mapping[str, Json]]
    """One for each task."""
    agent_metrics: Mapping[str, float]
    key_metrics: Mapping[str, float]
    """The means among the agent metrics."""


def aggregate(request: Request) -> AggregateMetrics:
    """Aggregate over all rows, and over the rows of each task. What is masked or failed does not count."""
    rows = [row for row in request.verify_responses if _counts(row)]
    by_task: dict[str, list[Row]] = {}
    for row in rows:
        if _TASK in row:
            by_task.setdefault(repr(row[_TASK]), []).append(row)
    overall = _statistics(rows)
    return AggregateMetrics(
        group_level_metrics=[{_TASK: group[0][_TASK], **_statistics(group)} for group in by_task.values()],
        agent_metrics=overall,
        key_metrics={key: value for key, value in overall.items() if key.startswith("mean/")},
    )


def _counts(row: Row) -> bool:
    return row.get("mask_sample") is not True and "_ng_failure_class" not in row


def _statistics(rows: Sequence[Row]) -> dict[str, float]:
    return {
        f"{statistic}/{name}": value
        for name, values in _columns(rows).items()
        for statistic, value in _of(values).items()
    }


def _columns(rows: Iterable[Row]) -> dict[str, list[float]]:
    columns: dict[str, list[float]] = {}
    for row in rows:
        for name, value in row.items():
            if _is_number(value) and not name.startswith("_") and name != "mask_sample":
                columns.setdefault(name, []).append(float(value))
    return columns


def _is_number(value: Json) -> TypeGuard[float]:
    return isinstance(value, int | float) and abs(value) <= LARGEST


def _of(values: Sequence[float]) -> dict[str, float]:
    low, high = min(values), max(values)
    mean = min(max(fsum(values) / len(values), low), high)  # so that equal values have no spread
    std = sqrt(fsum((value - mean) ** 2 for value in values) / len(values))
    return {"mean": mean, "max": high, "min": low, "std": std}
