"""What was found in a case, as often as it was asked, against what its author expects."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Literal

import msgspec

from rubrics.cause import Cause
from rubrics.problems import Step

Status = Literal["passed", "failed", "flaky", "unscored"]
"""`flaky`: right more often than not, but not always. `unscored`: right where it was judged, but not always
judged."""


class Observation(msgspec.Struct, frozen=True):
    """What one run found."""

    found: str | None
    """`met`, `unmet`, a level, `skipped` or `nothing`; the rubric's value as text. None where unscored."""
    right: bool | None
    """Whether that was expected; None where unscored."""
    number: float | None = None
    """The probability, the expected value on the scale, or the rubric's value."""
    reason: str | None = None
    cause: Cause | None = None


class Result(msgspec.Struct, frozen=True, dict=True):
    """One expectation of one case."""

    case: str
    criterion: str | None
    """None for the value of the whole rubric."""
    expected: str
    path: Sequence[Step]
    """Where the expectation stands in the golden file."""
    observations: Sequence[Observation]

    @cached_property
    def right(self) -> int:
        return sum(seen.right is True for seen in self.observations)

    @cached_property
    def wrong(self) -> int:
        return sum(seen.right is False for seen in self.observations)

    @property
    def unscored(self) -> int:
        return len(self.observations) - self.right - self.wrong

    @property
    def flaky(self) -> bool:
        """Whether runs found different things."""
        if self.criterion is None:
            return bool(self.right and self.wrong)
        return len(self.counts) > 1

    @cached_property
    def status(self) -> Status:
        if self.wrong >= max(self.right, 1):
            return "failed"
        if self.flaky:
            return "flaky"
        return "unscored" if self.unscored else "passed"

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How often what was found, most often first."""
        found = [seen.found for seen in self.observations if seen.found is not None]
        return {
            name: found.count(name) for name in sorted(dict.fromkeys(found), key=found.count, reverse=True)
        }

    @cached_property
    def causes(self) -> Mapping[str, int]:
        """Why runs found nothing, with how many."""
        causes = [str(seen.cause) for seen in self.observations if seen.cause is not None]
        return dict(Counter(causes).most_common())

    @cached_property
    def spread(self) -> tuple[float, float] | None:
        """The least and the greatest number that was found; None without any."""
        numbers = [seen.number for seen in self.observations if seen.number is not None]
        return (min(numbers), max(numbers)) if numbers else None

    @cached_property
    def reason(self) -> str | None:
        """What was said of the first run that went wrong, or else of the first that has something to say."""
        told = [seen for seen in self.observations if seen.reason]
        return next((seen.reason for seen in sorted(told, key=lambda seen: seen.right is not False)), None)
