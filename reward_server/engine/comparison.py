"""What a whole group is needed for: comparing its rollouts, and agreeing on what all of them have."""

from collections.abc import Mapping

from reward_server.engine.isolation import call
from reward_server.reward.component import Component
from rubrics.outcome import Outcome
from rubrics.rollout import Group, Rollout

Part = Rollout | Outcome
"""What a rollout brings to a relative column: itself, or what a gate or a refusal has decided."""
Gaps = frozenset[str]
"""The columns in which a rollout has no value."""


async def compare(component: Component, group: str, parts: Mapping[str, Part]) -> Mapping[str, Outcome]:
    """The outcome of each rollout by its id. What is decided is a member of the group but is not compared.

    The component sees the rollouts in the order of their ids, so that no value depends on which came first.
    """
    outcomes = {name: part for name, part in parts.items() if not isinstance(part, Rollout)}
    compared = [part for _, part in sorted(parts.items()) if isinstance(part, Rollout)]
    if compared:
        scored = await call(component, Group(group, compared))
        outcomes |= {rollout.id: outcome for rollout, outcome in zip(compared, scored, strict=True)}
    return outcomes


async def united(parts: Mapping[str, Gaps]) -> Gaps:
    """The columns that any rollout of the group lacks."""
    return frozenset().union(*parts.values())
