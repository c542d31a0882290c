"""Weights as words: how much a criterion matters, as in Rubrics as Rewards (arXiv 2507.17746)."""

from typing import Annotated, Literal

from pydantic import Field

from rubrics.options import Options

Importance = Literal["essential", "important", "optional", "pitfall"]

LEAST, GREATEST = 1e-6, 1e6
"""Sizes that a weight can have: beyond them, sums of weights would lose some, or overflow."""

Gain = Annotated[float, Field(ge=LEAST, le=GREATEST)]


class ImportanceWeights(Options):
    """The weight that each word stands for."""

    essential: Gain = 5.0
    """Without it the answer is of little use."""
    important: Gain = 3.0
    """It should be there."""
    optional: Gain = 1.0
    """It is good to have."""
    pitfall: Annotated[float, Field(le=-LEAST, ge=-GREATEST)] = -2.0
    """A fault that costs where it is found."""

    def of(self, word: Importance) -> float:
        """The weight of a word."""
        weight: float = getattr(self, word)
        return weight
