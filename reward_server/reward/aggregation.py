"""From component outcomes to the reward: pure functions of one row.

R = sum over k of alpha_k R_k,  alpha_k >= 0,  sum of alpha_k = 1        (arXiv 2512.20061, Eq. 5)
"""

from collections.abc import Collection, Mapping

from rubrics.outcome import Outcome, Score, Unscored

Weights = Mapping[str, float]


def normalise(weights: Weights) -> dict[str, float]:
    """The weights scaled to sum to 1. The caller has checked that their sum is positive."""
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def weighted_sum(outcomes: Mapping[str, Outcome], weights: Weights) -> Outcome:
    """The weighted sum of one rollout's components; unscored as soon as a weighted one is.

    A missing part is never left out for one rollout alone: a completion that breaks the judge on its
    rarest criterion would gain from that.
    """
    total = 0.0
    for name, weight in weights.items():
        outcome = outcomes[name]
        if weight == 0.0:
            continue
        if isinstance(outcome, Unscored):
            return Unscored(outcome.cause, f"{name}: {outcome.detail or outcome.cause}")
        total += weight * outcome.value
    return Score(total)


def without(weights: Weights, dropped: Collection[str]) -> dict[str, float]:
    """The weights with `dropped` at 0 and the others scaled to sum to 1; all 0 where none is left."""
    kept = {name: 0.0 if name in dropped else weight for name, weight in weights.items()}
    return normalise(kept) if sum(kept.values()) > 0 else kept
