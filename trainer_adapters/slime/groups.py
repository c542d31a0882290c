"""slime's group normalisation, over those samples of a group that have a reward."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

CENTRED = ("grpo", "gspo", "reinforce_plus_plus_baseline")
SCALED = ("grpo", "gspo")
EPSILON = 1e-6

Value = float | None


def flat(nested: Sequence[Any]) -> list[Any]:
    """Samples out of slime's lists of groups, and of groups of samples with several parts."""
    return list(_leaves(nested))


def normalised(
    args: Any, groups: Sequence[object], values: Sequence[Value]
) -> tuple[list[float], list[float]]:
    """Raw rewards and those to train with, of samples with these groups and values (None: unscored).

    r - mean(r), divided by std(r) + 1e-6 for the estimators that scale (sample standard deviation, as
    slime has it), with mean and std over the group's scored samples. An unscored one becomes 0.
    """
    held: defaultdict[object, list[float]] = defaultdict(list)
    for group, value in zip(groups, values, strict=True):
        if value is not None:
            held[group].append(value)
    means = {group: sum(scored) / len(scored) for group, scored in held.items()}
    raw = [
        means.get(group, 0.0) if value is None else value for group, value in zip(groups, values, strict=True)
    ]
    if not _centred(args):
        return raw, [0.0 if value is None else value for value in values]
    scales = {group: _scale(args, scored) for group, scored in held.items()}
    rewards = [
        0.0 if value is None else (value - means[group]) / scales[group]
        for group, value in zip(groups, values, strict=True)
    ]
    return raw, rewards


def _leaves(nested: Sequence[Any]) -> Iterator[Any]:
    for item in nested:
        if isinstance(item, (list, tuple)):
            yield from _leaves(item)
        else:
            yield item


def _centred(args: Any) -> bool:
    return args.advantage_estimator in CENTRED and bool(args.rewards_normalization)


def _scale(args: Any, scored: Sequence[float]) -> float:
    if args.advantage_estimator not in SCALED or not args.grpo_std_normalization:
        return 1.0
    if len(scored) < 2:
        return 1.0  # it is 0 already; the sample standard deviation of one value is not defined
    mean = sum(scored) / len(scored)
    return math.sqrt(sum((value - mean) ** 2 for value in scored) / (len(scored) - 1)) + EPSILON
