"""Whether two runs put the rollouts of a group in the same order."""

import math
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

Twice = tuple[float, float]
"""What the first run found of a rollout, and the second."""


class Concordance(NamedTuple):
    """Counts of pairs of rollouts."""

    same: int
    """Ordered alike by both runs."""
    opposite: int
    """Ordered by both, the other way round."""
    first: int
    """Told apart by the first run."""
    second: int


def concordance(group: Sequence[Twice]) -> Concordance:
    """Count the pairs of one group by sorting, as Knight (1966) does: groups may be large."""
    first, second = Counter(a for a, _ in group), Counter(b for _, b in group)
    same = opposite = 0
    seen: list[float] = []
    waiting: list[float] = []
    before: float | None = None
    for a, b in sorted(group):
        if a != before:
            for each in waiting:
                insort(seen, each)
            waiting, before = [], a
        same += bisect_left(seen, b)
        opposite += len(seen) - bisect_right(seen, b)
        waiting.append(b)
    pairs = math.comb(len(group), 2)
    return Concordance(same, opposite, pairs - _ties(first.values()), pairs - _ties(second.values()))


def _ties(counts: Iterable[int]) -> int:
    return sum(math.comb(count, 2) for count in counts)


def kendall_tau_b(counts: Sequence[float]) -> float | None:
    """(same - opposite) / sqrt(first * second), Kendall (1945), of the numbers of a Concordance.

    Of added counts of several groups, it is tau-b over the pairs within groups. None where a run tells no
    pair apart.
    """
    same, opposite, first, second = counts
    return (same - opposite) / math.sqrt(first * second) if first and second else None


def opposite_share(counts: Sequence[float]) -> float | None:
    """Of the pairs that both runs order, the share whose order turns round; None without any."""
    same, opposite, _, _ = counts
    return opposite / (same + opposite) if same + opposite else None
