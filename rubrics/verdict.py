"""What was found for one criterion of one rollout, and what a judge reads before it becomes that."""

import math
from collections.abc import Mapping

import msgspec
from msgspec import UNSET, UnsetType

from rubrics.cause import Cause

MET, UNMET, SKIPPED, ABSTAINED = "met", "unmet", "skipped", "abstained"

_TOLERANCE = 1e-6


class Reading(msgspec.Struct, frozen=True):
    """A judge's probabilities over the choices a criterion offers (`Criterion.choices`), which sum to 1.

    Raises ValueError unless they are finite, in [0, 1] and sum to 1.
    """

    choices: Mapping[str, float]
    reason: str | None = None
    """Why, in the judge's own words, where it was asked. Not trusted: it may quote the text."""
    votes: tuple[float, ...] | None = None
    """What each vote found, where several were counted: P(yes), or the expected value on the scale."""

    def __post_init__(self) -> None:
        chances = self.choices.values()
        if not all(0.0 <= chance <= 1.0 for chance in chances):
            raise ValueError("a Reading's probabilities are numbers from 0 to 1")
        if abs(math.fsum(chances) - 1.0) > _TOLERANCE:
            raise ValueError("a Reading's probabilities sum to 1")


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One criterion's result for one rollout: a value, or the cause for which there is none, or skipped."""

    criterion: str
    value: float | None = None
    """How well the rollout does what the criterion expects, in [0, 1]; for a pitfall, how far it fell in."""
    choice: str | None = None
    """What was found, before `expect`: `met`, `unmet` or a level's name; `skipped` where it has no label or
    does not apply; `abstained` where the judge could not tell and the rubric has a rule for that."""
    weight: float | None = None
    """The weight it carries in this rollout's rubric value; None where it carries none."""
    reason: str | None = None
    cause: Cause | None = None
    """Why there is no value, through no fault of the policy's."""
    probability: float | None = None
    """Before `expect`: the probability that the statement holds, or the expected value on the scale."""
    votes: tuple[float, ...] | UnsetType = UNSET
    """The same by vote, where several judges or samples were asked; otherwise not there."""
    disagreement: float | UnsetType = UNSET
    """The greatest of the votes minus the least; not there without several."""

    @property
    def skipped(self) -> bool:
        """Whether it counts neither for nor against."""
        return self.choice == SKIPPED or (self.choice == ABSTAINED and self.value is None)
