"""Components of a run, as detectors look at them."""

from collections.abc import Callable, Sequence

from reward_server.alarms.seen import Seen, last_of
from reward_server.history.statistics import StepStatistics

MANY = 512
"""Scored rollouts by which a component is judged, at least: with fewer, chance looks like a finding."""


def names(seen: Seen) -> Sequence[str]:
    """The components that count in the newest reward."""
    return [name for name, column in seen.last.components.items() if column.weight != 0]


def width(step: StepStatistics, name: str) -> float:
    """The width of a component's range; 1 where none is known."""
    column = step.components[name]
    if column.low is None or column.high is None or column.high <= column.low:
        return 1.0
    return column.high - column.low


def in_range(step: StepStatistics, name: str) -> float | None:
    """Where a component's mean lies between its least value, 0, and its greatest, 1."""
    column = step.components[name]
    if column.mean is None or column.low is None or column.high is None or column.high <= column.low:
        return None
    return (column.mean - column.low) / (column.high - column.low)


def last_with(
    seen: Seen,
    name: str,
    least: int,
    enough: int,
    counted: Callable[[StepStatistics], int] | None = None,
) -> Sequence[StepStatistics]:
    """The last steps in which a component has values: so many, with enough scored rollouts in all."""
    steps = [step for step in seen.lately if _has_values(step, name)]
    return last_of(steps, least, counted or (lambda step: step.components[name].scored), enough)


def _has_values(step: StepStatistics, name: str) -> bool:
    return name in step.components and step.components[name].mean is not None
