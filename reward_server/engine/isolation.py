"""Calling a component so that nothing it does reaches beyond its own column."""

import asyncio
from collections.abc import Sequence

from reward_server.reward.component import Component, failed
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Group

ROUNDING = 1e-9
"""Slack at the ends of a declared range for floating-point sums."""
LARGEST = 1e9
"""No value is larger than this, either way, so that no sum or square of a batch can overflow."""


async def call(component: Component, group: Group) -> Sequence[Outcome]:
    """One valid outcome for each rollout, whatever the component does. Raises nothing but a cancellation."""
    try:
        outcomes = await component(group)
    except Exception as error:  # noqa: BLE001 - a component's bug must not take the other columns along
        return [failed(error)] * len(group)
    except asyncio.CancelledError as error:
        if _is_being_cancelled():
            raise
        return [failed(error)] * len(group)  # the component's own: something it awaited was cancelled
    return checked(component, len(group), outcomes)


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def checked(component: Component, count: int, outcomes: object) -> Sequence[Outcome]:
    """What a component returned, with everything that is not a valid outcome made `component_error`."""
    if not isinstance(outcomes, list | Sequence) or len(outcomes) != count:
        return [Unscored(Cause.COMPONENT_ERROR, "not one outcome for each rollout")] * count
    low, high = component.bounds
    low, high = max(low - ROUNDING, -LARGEST), min(high + ROUNDING, LARGEST)
    return [_valid(outcome, low, high) for outcome in outcomes]


def _valid(outcome: object, low: float, high: float) -> Outcome:
    if isinstance(outcome, Score):
        if low <= outcome.value <= high:
            return outcome
        return Unscored(Cause.COMPONENT_ERROR, f"{outcome.value:g} is outside the declared range")
    if isinstance(outcome, Unscored):
        return outcome
    return Unscored(Cause.COMPONENT_ERROR, f"a {type(outcome).__name__} is neither Score nor Unscored")
