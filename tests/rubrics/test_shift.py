from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.shift import Moved, shift

SCORES = st.sampled_from([-0.5, 0.0, 0.25, 0.5, 0.75, 1.0])


def test_means_and_quantiles() -> None:
    found = shift([[(0.0, 0.5), (0.5, 0.25)], [(1.0, 1.0)]])
    assert (found.rollouts, found.changed) == (3, 2)
    # (0 + 0.5 + 1) / 3 and (0.5 + 0.25 + 1) / 3
    assert found.before == pytest.approx(0.5)
    assert found.after == pytest.approx(1.75 / 3)
    # differences in order: -0.25, 0, 0.5; a quarter of the way lies half-way between the first two
    assert found.quantiles is not None
    assert [found.quantiles[share] for share in ("0", "0.25", "0.5", "0.75", "1")] == [
        -0.25, -0.125, 0.0, 0.25, 0.5,
    ]  # fmt: skip


def test_flips_and_ties_within_groups_only() -> None:
    # g1: 0.2 < 0.8 becomes 0.9 > 0.1. g2: a tie is broken, another pair becomes one, the third stays.
    found = shift([[(0.2, 0.9), (0.8, 0.1)], [(0.5, 0.5), (0.5, 0.7), (0.6, 0.7)], [(0.9, 0.0)]])
    assert (found.groups, found.groups_flipped, found.pairs) == (2, 1, 4)
    assert (found.flips, found.ties_made, found.ties_broken) == (1, 1, 1)


def test_the_last_bits_are_no_change() -> None:
    found = shift([[(0.1 + 0.2, 0.3), (0.3, 0.1 + 0.2)]])
    assert (found.changed, found.flips, found.ties_made, found.ties_broken) == (0, 0, 0, 0)


def test_nothing_to_compare_is_none_and_never_zero() -> None:
    found = shift([[]])
    assert (found.rollouts, found.before, found.after, found.quantiles) == (0, None, None, None)


@given(st.lists(st.tuples(SCORES, SCORES), max_size=12))
def test_pairs_are_counted_as_by_looking_at_each(group: list[Moved]) -> None:
    found = shift([group])
    pairs = list(combinations(group, 2))
    assert found.pairs == len(pairs)
    assert found.flips == sum((a - c) * (b - d) < 0 for (a, b), (c, d) in pairs)
    assert found.ties_made == sum(a != c and b == d for (a, b), (c, d) in pairs)
    assert found.ties_broken == sum(a == c and b != d for (a, b), (c, d) in pairs)


def test_a_group_of_fifty_thousand_takes_no_quadratic_time() -> None:
    group = [(float(i), float(-i)) for i in range(50_000)]
    assert shift([group]).flips == 50_000 * 49_999 // 2
