"""Criteria whose share of the weight is hardly what their author meant."""

from collections.abc import Iterator

import msgspec

from rubrics.weights.view import WeightView

HARDLY = 0.01
"""Below this share a criterion can hardly matter."""
DOMINATES = 0.5
"""Above this share it outweighs all others together."""


class Warned(msgspec.Struct, frozen=True):
    """A criterion whose share is hardly what its author meant."""

    criterion: str
    message: str
    hint: str


def warnings(found: WeightView) -> Iterator[Warned]:
    """Criteria that can hardly matter, and such as can outweigh all others together."""
    for criterion in found.criteria if len(found.criteria) > 1 else ():
        if criterion.share is None or criterion.moves is None:
            continue
        if criterion.share[1] < HARDLY and criterion.gate is None:
            yield Warned(criterion.criterion, *_hardly(criterion.share[1]))
            continue
        row = max(criterion.labels, key=lambda row: row.share or (0.0, 0.0))
        if row.share is not None and row.share[0] > DOMINATES:
            yield Warned(criterion.criterion, *_dominates(row.share[0], row.label, criterion.moves[1] < 0))


def _hardly(share: float) -> tuple[str, str]:
    return (
        f"can hardly matter: at most {share:.2%} of the positive weight",
        "raise its weight, make it a gate, or remove it and save its judge call",
    )


def _dominates(share: float, label: str | None, pitfall: bool) -> tuple[str, str]:
    least = f"{share:.0%} of the positive weight" + (f" where its label is {label}" if label else "")
    if pitfall:
        hint = "lower its size, unless it should cost as much as most of the rest earns"
        return f"dominates: falling into it costs {least}", hint
    hint = "lower its weight, unless it should decide nearly alone: then make it a gate"
    return f"dominates: {least}, more than all others together", hint
