"""How scores moved, in a few lines for a terminal."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rubrics.shift import Shift

_SHOWN = ("0", "0.05", "0.5", "0.95", "1")


def lines(shift: "Shift", what: str) -> Iterator[str]:
    """The means, the quantiles of the differences, and the pairs whose order changed."""
    if shift.before is None or shift.after is None or shift.quantiles is None:
        yield f"{what}: no rollout has one before and after"
        return
    difference = shift.after - shift.before
    yield (
        f"{what}: mean {shift.before:.3f} -> {shift.after:.3f} ({difference:+.3f}); "
        f"{shift.changed:,} of {shift.rollouts:,} changed"
    )
    figures = ", ".join(f"{shift.quantiles[share]:+.3f}" for share in _SHOWN)
    yield f"difference: {figures} (least, 5 %, median, 95 %, greatest)"
    if not shift.pairs:
        yield "order: no group has two of them"
        return
    yield (
        f"order within groups: {shift.flips:,} of {shift.pairs:,} pairs flipped, in {shift.groups_flipped:,} "
        f"of {shift.groups:,} groups; {shift.ties_made:,} became equal, {shift.ties_broken:,} are no longer"
    )
