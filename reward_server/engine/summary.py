"""What a batch of rewards looks like to GRPO: spread, dead groups, and which component drives the advantage.

    A_i = (R_i - mean_g) / (std_g + eps)      std with Bessel's correction, eps = 1e-4, as TRL computes it
    share_k = sum_i c_ik A_i / sum_i A_i^2    c_ik = w_k (R_k,i - mean_g R_k) / (std_g + eps)

The shares of the components sum to 1. Sums are exact (`fsum`), so they do not depend on the order.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import fsum, sqrt
from typing import Any

import msgspec

from reward_server.engine.row import Row
from reward_server.reward.aggregation import Weights, without
from rubrics.outcome import Outcome, Score, Unscored

EPS = 1e-4

Values = Sequence[float | None]
"""One column of one group; None where there is no number."""


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """One column over a batch. Numbers are null where nothing was scored."""

    mean: float | None
    std: float | None
    """Sample standard deviation over all scored rollouts; null below two."""
    weighted_mean: float | None
    """Mean under `advantage_weight`; null without inverse-frequency weights."""
    dead_groups: int
    """Groups of at least two scored rollouts whose values are all equal: no gradient comes from them."""
    unscored: int


class ColumnSummary(Distribution, frozen=True, kw_only=True):
    """A component's distribution and its part in the reward."""

    weight: float
    advantage_share: float | None
    """Share of the advantage's variance, in a batch standardised by group; null when every group is dead."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A batch at a glance."""

    rollouts: int
    scored: int
    groups: int
    unscored: Mapping[str, int]
    """Unscored rewards by cause."""
    reward: Distribution
    components: Mapping[str, ColumnSummary]


def summarise(groups: Sequence[Sequence[Row]], weights: Weights) -> Summary:
    """Summarise scored groups."""
    rewards = [[_value(row.reward) for row in group] for group in groups]
    columns = {
        name: [[_value(row.components[name]) for row in group] for group in groups] for name in weights
    }
    factors = [row.advantage_weight for group in groups for row in group]
    causes = Counter(
        row.reward.cause.value for group in groups for row in group if isinstance(row.reward, Unscored)
    )
    shares = advantage_shares(rewards, columns, weights)
    return Summary(
        rollouts=len(factors),
        scored=len(factors) - causes.total(),
        groups=len(groups),
        unscored=dict(sorted(causes.items())),
        reward=Distribution(**_distribution(rewards, factors)),
        components={
            name: ColumnSummary(
                weight=weights[name],
                advantage_share=None if shares is None else shares[name],
                **_distribution(column, factors),
            )
            for name, column in columns.items()
        },
    )


def _value(outcome: Outcome) -> float | None:
    return outcome.value if isinstance(outcome, Score) else None


def _distribution(groups: Sequence[Values], factors: Values) -> dict[str, Any]:
    everything = [value for group in groups for value in group]
    values = [value for value in everything if value is not None]
    return {
        "mean": fsum(values) / len(values) if values else None,
        "std": _std(values) if len(values) > 1 else None,
        "weighted_mean": _weighted_mean(everything, factors),
        "dead_groups": sum(map(_is_dead, groups)),
        "unscored": len(everything) - len(values),
    }


def _std(values: Sequence[float]) -> float:
    mean = fsum(values) / len(values)
    return sqrt(fsum([(value - mean) ** 2 for value in values]) / (len(values) - 1))


def _weighted_mean(values: Values, factors: Values) -> float | None:
    if not any(factors):
        return None
    pairs = [(f, v) for f, v in zip(factors, values, strict=True) if f is not None and v is not None]
    total = fsum(factor for factor, _ in pairs)
    return fsum(factor * value for factor, value in pairs) / total if total else None


def _is_dead(group: Values) -> bool:
    values = [value for value in group if value is not None] if None in group else group
    return len(values) >= 2 and min(values) == max(values)  # type: ignore[type-var]


def advantage_shares(
    rewards: Sequence[Values], columns: Mapping[str, Sequence[Values]], weights: Weights
) -> dict[str, float] | None:
    """Each component's share of the advantage's variance, over groups of values; None where all are dead."""
    products: dict[str, list[float]] = {name: [] for name in weights}
    squares: list[float] = []
    for index, group in enumerate(rewards):
        if len(group) - group.count(None) >= 2 and not _is_dead(group):
            _add_group(
                group, {name: column[index] for name, column in columns.items()}, weights, products, squares
            )
    total = fsum(squares)
    return {name: fsum(column) / total for name, column in products.items()} if total else None


def _add_group(
    rewards: Values,
    columns: Mapping[str, Values],
    weights: Weights,
    products: Mapping[str, list[float]],
    squares: list[float],
) -> None:
    """Add one group's c_ik A_i and A_i^2, over its scored rollouts."""
    parts = _parts(rewards, columns, weights)
    if not parts:  # rollouts of several requests, of which each lacks what the others have
        return
    totals = [sum(row) for row in zip(*parts.values(), strict=True)]
    scale = _std(totals) + EPS
    advantages = _centred(totals, scale)
    squares += [advantage * advantage for advantage in advantages]
    for name, part in parts.items():
        products[name] += [c * a for c, a in zip(_centred(part, scale), advantages, strict=True)]


def _parts(rewards: Values, columns: Mapping[str, Values], weights: Weights) -> dict[str, list[float]]:
    """What each component adds to the rewards that there are; without those that the group had to drop."""
    if None in rewards:
        scored = [index for index, reward in enumerate(rewards) if reward is not None]
        columns = {name: [column[index] for index in scored] for name, column in columns.items()}
    kept = without(weights, [name for name, column in columns.items() if None in column])
    return {
        name: [weight * value for value in columns[name] if value is not None]
        for name, weight in kept.items()
        if weight
    }


def _centred(values: Sequence[float], scale: float) -> list[float]:
    mean = fsum(values) / len(values)
    return [(value - mean) / scale for value in values]
