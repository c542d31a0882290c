"""What TRL's own logs say about a scored batch."""

import logging
import math
from collections.abc import Callable, Mapping, Sequence

from trainer_adapters.client.scores import Scores

LogMetric = Callable[[str, float], None]
LogExtra = Callable[[str, list[object]], None]

_LOG = logging.getLogger("gavel.trl")

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "judge": ("judge_", "content_breaks_judge", "low_coverage"),
    "data": ("missing_", "invalid_", "completion_too_long"),
    "component": ("component_error", "grader_"),
    "server": ("unreachable", "deadline", "shutdown"),
    "group": ("group_",),
    "other": ("",),
}
"""Causes by how they begin. Metrics have to have the same names on every rank, so they cannot go by cause."""


def log(
    scores: Scores, prefix: str, metric: LogMetric | None, extra: LogExtra | None, components: bool
) -> None:
    """Tell TRL what was unscored, and about components unless they are logged as rewards of their own."""
    if metric is not None:
        _log_metrics(scores, prefix, metric, components)
    if extra is not None:
        _log_columns(scores, prefix, extra, components)
    if found := scores.cause_counts:
        told = ", ".join(f"{cause}: {count}" for cause, count in found.items())
        _LOG.warning("%d of %d rollouts are unscored and masked (%s)", sum(found.values()), len(scores), told)


def _log_metrics(scores: Scores, prefix: str, metric: LogMetric, components: bool) -> None:
    if components:
        for name, values in scores.components.items():
            _log_values(metric, f"{prefix}/{name}", values)
    else:
        _log_values(metric, f"{prefix}/reward", scores.rewards)
    causes = [_family(cause) for cause in scores.causes]
    _log_values(metric, f"{prefix}/unscored", [float(family is not None) for family in causes])
    for name in FAMILIES:
        _log_values(metric, f"{prefix}/unscored/{name}", [float(family == name) for family in causes])


def _log_values(metric: LogMetric, name: str, values: Sequence[float | None]) -> None:
    """One call a rollout: TRL divides the sum over all ranks by the calls, so the mean is over rollouts.

    Where nothing has a value the name is logged all the same, as NaN: TRL leaves that step out of its mean,
    and ranks that log different names could wait for each other.
    """
    for value in [value for value in values if value is not None] or [math.nan]:
        metric(name, value)


def _family(cause: str | None) -> str | None:
    if cause is None:
        return None
    return next(name for name, beginnings in FAMILIES.items() if cause.startswith(beginnings))


def _log_columns(scores: Scores, prefix: str, extra: LogExtra, components: bool) -> None:
    if components:
        for name, values in scores.components.items():
            extra(f"{prefix}/{name}", list(values))
    extra(f"{prefix}/cause", [cause or "" for cause in scores.causes])
