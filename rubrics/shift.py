"""How scores moved from one rubric to another: by how much, and whose order within a group changed.

A policy that learns from groups (GRPO) sees order and spread within a group and nothing else, so a flip
counts for more than a shift that all rollouts share.
"""

import math
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

Moved = tuple[float, float]
"""One rollout's score before and after."""

DIGITS = 9
"""Scores that agree to so many decimals are equal: sums of other weights differ in their last bits."""

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """Scores before and after. What cannot be told from the rollouts at hand is None, never 0."""

    rollouts: int
    """With a score before and after."""
    changed: int
    before: float | None
    """Mean score before."""
    after: float | None
    """Mean score after."""
    quantiles: dict[str, float] | None
    """Of after minus before, linearly interpolated, by their share: `0.5` is the median."""
    groups: int
    """With two such rollouts or more."""
    groups_flipped: int
    """With a flip."""
    pairs: int
    """Pairs of rollouts of one group."""
    flips: int
    """Pairs whose order is the other way round."""
    ties_made: int
    """Pairs that differed and are equal now: they teach nothing any more."""
    ties_broken: int
    """Pairs that were equal and differ now."""


def shift(groups: Iterable[Sequence[Moved]]) -> Shift:
    """Measure how the scores of groups moved."""
    rounded = [[(round(a, DIGITS), round(b, DIGITS)) for a, b in group] for group in groups]
    moved = [pair for group in rounded for pair in group]
    orders = [_order(group) for group in rounded if len(group) > 1]
    return Shift(
        rollouts=len(moved),
        changed=sum(a != b for a, b in moved),
        before=_mean([a for a, _ in moved]),
        after=_mean([b for _, b in moved]),
        quantiles=_quantiles(sorted(b - a for a, b in moved)),
        groups=len(orders),
        groups_flipped=sum(order.flips > 0 for order in orders),
        pairs=sum(order.pairs for order in orders),
        flips=sum(order.flips for order in orders),
        ties_made=sum(order.ties_made for order in orders),
        ties_broken=sum(order.ties_broken for order in orders),
    )


class _Order(msgspec.Struct, frozen=True):
    pairs: int
    flips: int
    ties_made: int
    ties_broken: int


def _order(group: Sequence[Moved]) -> _Order:
    """Count pairs by sorting, as Knight (1966) does for Kendall's tau: groups may be large."""
    before, after = Counter(a for a, _ in group), Counter(b for _, b in group)
    both = _equal_pairs(Counter(group))
    return _Order(
        pairs=math.comb(len(group), 2),
        flips=_flips(group),
        ties_made=_equal_pairs(after) - both,
        ties_broken=_equal_pairs(before) - both,
    )


def _flips(group: Sequence[Moved]) -> int:
    """Pairs with a < a' and b > b'. Equal a's come with rising b's, so none of them counts."""
    seen: list[float] = []
    flips = 0
    for _, after in sorted(group):
        flips += len(seen) - bisect_right(seen, after)
        insort(seen, after)
    return flips


def _equal_pairs(counts: Counter[float] | Counter[Moved]) -> int:
    return sum(math.comb(count, 2) for count in counts.values())


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def _quantiles(ordered: Sequence[float]) -> dict[str, float] | None:
    if not ordered:
        return None
    return {f"{share:g}": _quantile(ordered, share) for share in QUANTILES}


def _quantile(ordered: Sequence[float], share: float) -> float:
    position = share * (len(ordered) - 1)
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (position - low) * (ordered[high] - ordered[low]), DIGITS)
