"""What people and the judge said of one criterion, rollout by rollout, as level numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

YES_OR_NO = ("no", "yes")
"""The levels of a statement: 0 where it does not hold, 1 where it does."""


class Item(msgspec.Struct, frozen=True):
    """One rollout: the labels people gave it, and what the judge found or why it found nothing."""

    group: str
    labels: tuple[int, ...]
    choice: int | None = None
    probability: float | None = None
    """That the statement holds; None for what code decides, and on a scale."""
    missing: str | None = None
    """Why there is no choice: a cause, `skipped`, `abstained`, `blank` or `not_reached`."""
    rollout: str = ""
    """Its id."""


class Sample(msgspec.Struct, frozen=True):
    """All labelled rollouts of one criterion."""

    criterion: str
    items: Sequence[Item]
    levels: tuple[str, ...] = YES_OR_NO
    """Worst first."""
    is_statement: bool = True
    """Or else a scale."""

    @property
    def compared(self) -> list[Item]:
        """The items that the judge decided."""
        return [item for item in self.items if item.choice is not None]

    @property
    def missing(self) -> Mapping[str, int]:
        """How many items it did not decide, by cause."""
        found = Counter(item.missing for item in self.items if item.missing is not None)
        return dict(sorted(found.items()))


def pooled(samples: Sequence[Sample]) -> Sample:
    """All statements as one sample, called `overall`. Scales are not part of it: their levels differ."""
    return Sample("overall", [item for each in samples if each.is_statement for item in each.items])
