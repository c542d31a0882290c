"""Values for rollouts that could not be scored, where a trainer needs a number: the mean of their group."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trainer_adapters.client import Gavel
from trainer_adapters.client.errors import GavelError, Refused

WAIT_S = 60.0
"""Seconds to wait for the rest of a group that other processes send."""

Value = float | None


async def fill(
    values: Sequence[Value], rollouts: Sequence[Mapping[str, Any]], gavel: Gavel, component: str | None
) -> list[Value]:
    """The values with each hole replaced by the mean of its group's values, 0 where the group has none.

    Raises GavelError for a hole in no group.
    """
    means: dict[object, float] = {}
    for rollout, value in zip(rollouts, values, strict=True):
        group = rollout.get("group")
        if value is None and group is None:
            raise GavelError(
                "a rollout without `prompt_id` is unscored, and GAVEL_ON_UNSCORED=group_mean needs "
                "its group: choose none, zero or raise"
            )
        if value is None and group not in means:
            means[group] = await _mean_of_group(rollout, values, rollouts, gavel, component)
    return [
        means[rollout.get("group")] if value is None else value
        for rollout, value in zip(rollouts, values, strict=True)
    ]


async def _mean_of_group(
    rollout: Mapping[str, Any],
    values: Sequence[Value],
    rollouts: Sequence[Mapping[str, Any]],
    gavel: Gavel,
    component: str | None,
) -> float:
    group, size = rollout.get("group"), rollout.get("group_size")
    here = [value for other, value in zip(rollouts, values, strict=True) if other.get("group") == group]
    if size is not None and len(here) < size:
        known = await _told(str(group), gavel, component)
        if known is not None:
            return known
    return _mean(here)


async def _told(group: str, gavel: Gavel, component: str | None) -> Value:
    """The mean as the server knows it; None where it has been started again since, or knows none."""
    try:
        mean = await gavel.agroup(group, WAIT_S)
    except Refused:
        return None
    return mean.reward if component is None else mean.components.get(component)


def _mean(values: Iterable[Value]) -> float:
    scored = [value for value in values if value is not None]
    return sum(scored) / len(scored) if scored else 0.0
