"""Inverse-frequency weights: what is rare in the training set counts more.

    w_y = n / (K n_y)          n = sum of n_y, K = number of labels in the table

Counts are smoothed first (n_y + smoothing, Laplace), and the greatest weight is at most `max_ratio`
times the smallest. With `smoothing: 0` and nothing clipped, the weights average 1 over the counted
samples, so a weighted mean of hits is the balanced accuracy, and a policy that always names the majority
label earns 1/K.
"""

import math
from collections.abc import Mapping

Counts = Mapping[str, int]

SMOOTHING = 1.0
MAX_RATIO = 10.0


def balanced_weights(
    counts: Counts, smoothing: float = SMOOTHING, max_ratio: float = MAX_RATIO
) -> dict[str, float]:
    """The weight of each label: n / (K n_y), smoothed and clipped. Raises ValueError without any count."""
    return clipped(unclipped_weights(counts, smoothing), max_ratio)


def unclipped_weights(counts: Counts, smoothing: float) -> dict[str, float]:
    """Give n / (K n_y) of smoothed counts; infinite where a smoothed count is 0."""
    return {label: _balanced(counts, label, smoothing) for label in counts}


def label_weight(
    counts: Counts, label: str, smoothing: float = SMOOTHING, max_ratio: float = MAX_RATIO
) -> float:
    """The weight of one label. A label that the table does not hold weighs what a count of 0 would."""
    ceiling = max_ratio * min(unclipped_weights(counts, smoothing).values())
    return min(_balanced(counts, label, smoothing), ceiling)


def _balanced(counts: Counts, label: str, smoothing: float) -> float:
    total = math.fsum(counts.values()) + smoothing * len(counts)
    if total <= 0:
        raise ValueError("there is nothing to weigh by: every count is 0")
    smoothed = counts.get(label, 0) + smoothing
    return total / (len(counts) * smoothed) if smoothed > 0 else math.inf


def met_factors(
    counts: Mapping[str, Counts], smoothing: float = SMOOTHING, max_ratio: float = MAX_RATIO
) -> dict[str, float]:
    """The factor 1 / p_met of each criterion, p_met = (met + smoothing) / (n + 2 smoothing), clipped."""
    return clipped(unclipped_factors(counts, smoothing), max_ratio)


def unclipped_factors(counts: Mapping[str, Counts], smoothing: float) -> dict[str, float]:
    """1 / p_met of each criterion of smoothed counts; infinite where p_met is 0."""
    return {criterion: _rarity(found, smoothing) for criterion, found in counts.items()}


def _rarity(found: Counts, smoothing: float) -> float:
    met, unmet = found.get("met", 0) + smoothing, found.get("unmet", 0) + smoothing
    if met + unmet <= 0:
        raise ValueError("there is nothing to weigh by: every count is 0")
    return (met + unmet) / met if met > 0 else math.inf


def clipped(weights: Mapping[str, float], max_ratio: float) -> dict[str, float]:
    """Weights of at most `max_ratio` times the smallest. Raises ValueError where none is finite."""
    ceiling = max_ratio * min(weights.values())
    if math.isinf(ceiling):
        raise ValueError("there is nothing to weigh by: no criterion was ever met and smoothing is 0")
    return {name: min(weight, ceiling) for name, weight in weights.items()}
