"""What a classifier runs on: one attempt at one item."""

from typing import Protocol

from judges.classifiers.finding import Finding
from judges.classifiers.item import Item


class Scorer(Protocol):
    """Scores items, many at a time. Cancelling a call must stop its work and free what it holds."""

    async def __call__(self, item: Item, /) -> Finding:
        """Make one attempt. Raises BackendError."""

    async def aclose(self) -> None:
        """Release connections and models."""
