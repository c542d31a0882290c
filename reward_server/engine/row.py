"""One rollout's row: its component outcomes and the reward they add up to."""

from collections.abc import Mapping, Sequence

import msgspec

from reward_server.reward.aggregation import Weights, weighted_sum, without
from reward_server.reward.reward_function import RewardFunction
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Group, Rollout

Columns = Mapping[str, Sequence[Outcome]]
"""Component name -> one outcome for each rollout of a group."""


class Row(msgspec.Struct, frozen=True):
    """One rollout's reward and the component outcomes behind it."""

    rollout: Rollout
    group: str
    reward: Outcome
    components: Mapping[str, Outcome]
    advantage_weight: float | None = None
    """Inverse-frequency factor of the rollout's label, for its advantage; None without such weighting."""
    weights: Weights = {}
    """What each component counted with here: 0 where the group had to drop it."""


def rows(
    function: RewardFunction, group: Group, columns: Columns, gaps: frozenset[str] | Unscored | None = None
) -> list[Row]:
    """The rows of a scored group, under its `on_unscored` policy.

    `gaps` are the columns that the whole group lacks, where these rollouts are a part of it; Unscored where
    nobody knows.
    """
    weights = function.weights
    if function.on_unscored == "renormalise_group" and not isinstance(gaps, Unscored):
        weights = _renormalised(weights, gaps_in(columns) if gaps is None else gaps)
    scored = [
        _row(function, group, rollout, {name: columns[name][index] for name in function.order}, weights)
        for index, rollout in enumerate(group.rollouts)
    ]
    if isinstance(gaps, Unscored):
        return [msgspec.structs.replace(row, reward=gaps) for row in scored]
    return scored


def gaps_in(columns: Columns) -> frozenset[str]:
    """The columns that lack a value for any rollout."""
    return frozenset(name for name, column in columns.items() if any(isinstance(o, Unscored) for o in column))


def _renormalised(weights: Weights, gaps: frozenset[str]) -> Weights:
    """Without the columns that a group lacks: the same for all its rollouts."""
    kept = without(weights, gaps)
    return kept if any(kept.values()) else weights


def _row(
    function: RewardFunction,
    group: Group,
    rollout: Rollout,
    components: Mapping[str, Outcome],
    weights: Weights,
) -> Row:
    reward = weighted_sum(components, weights)
    if function.sample_weights is None:
        return Row(rollout, group.id, reward, components, None, weights)
    factor = function.sample_weights.of(rollout)
    if function.sample_weights.apply == "advantage":
        return Row(rollout, group.id, reward, components, factor, weights)
    scaled = {name: weight * (factor or 0.0) for name, weight in weights.items()}
    return Row(rollout, group.id, _scaled(reward, factor), components, None, scaled)


def _scaled(reward: Outcome, factor: float | None) -> Outcome:
    if isinstance(reward, Unscored):
        return reward
    if factor is None:
        return Unscored(Cause.MISSING_GROUND_TRUTH, "its label has no inverse-frequency weight")
    return Score(reward.value * factor)
