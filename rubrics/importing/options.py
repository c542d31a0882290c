"""What both source formats hold a weight to."""

from typing import Annotated

from pydantic import AfterValidator, Field

from rubrics.criteria.importance import GREATEST, LEAST


def _large_enough(weight: float) -> float:
    if 0 < abs(weight) < LEAST:
        raise ValueError(f"a weight of {weight:g} has hardly any effect: the least size is {LEAST:g}")
    return weight


Weight = Annotated[float, Field(ge=-GREATEST, le=GREATEST), AfterValidator(_large_enough)]
"""A weight as the source has it; 0 included."""
