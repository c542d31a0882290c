"""Whether the answer is the right number."""

from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from reward_server.grading.extract import Extract, Extracting
from reward_server.grading.numbers import Notation, read
from reward_server.reward.component import PerRollout, right_or_wrong
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Unscored
from rubrics.rollout import Json, Rollout


class NumberMatch(Extracting, PerRollout):
    """1 where the extracted number equals the ground truth, exactly or within a tolerance, else 0.

    Values are compared as fractions, so `0.1`, `1/10` and `1e-1` are the same number and nothing overflows.
    What is not exactly one number (a range, two alternatives, a sentence) is wrong.
    """

    extract: Extract = "last_number"
    """Where the number stands. `last_number`: the last number, if it stands by itself; `boxed`: the last
    `\\boxed{...}` or `\\fbox{...}`; `hashes`: the rest of the line after the last `####`; `whole`:
    everything; `{regex: ...}`: the last match; `{field: a.b}`: a value of the JSON answer. Except for
    `last_number`, what is extracted must be one number and nothing else but its unit."""
    truth: str = "ground_truth"
    """Where the right number stands: a path such as `ground_truth.total` or `metadata.answer`. A JSON number,
    or text in the same notation as the answer."""
    absolute_tolerance: Annotated[float, Field(ge=0)] = 0.0
    """Greatest accepted difference, in the unit of the number. 0 compares exactly."""
    relative_tolerance: Annotated[float, Field(ge=0)] = 0.0
    """Greatest accepted difference as a share of the right number; the larger of both tolerances counts."""
    decimal: Literal["point", "comma"] = "point"
    """The mark before the decimals; the other one groups thousands: `1,234.5` or `1.234,5`."""
    percent: Literal["keep", "fraction"] = "keep"
    """`keep`: `50%` is 50. `fraction`: `50%` is 0.5. Holds for a ground truth given as text, too."""
    units: list[str] = []
    """Units that may follow the number, besides the well-known ones (km, kg, hours, $, ...). Units are
    stripped, not compared."""

    @cached_property
    def _notation(self) -> Notation:
        return Notation(self.decimal, self.percent, frozenset(map(str.casefold, self.units)))

    def score(self, rollout: Rollout) -> Outcome:
        truth = self._truth(rollout.lookup(self.truth))
        if isinstance(truth, Unscored):
            return truth
        text = self.taken(rollout.completion, self._notation)
        if text is None:
            return self.nothing(rollout.completion)
        said = read(text, self._notation)
        if said is None:
            return right_or_wrong(False, "not exactly one number")
        right = abs(said - truth) <= self._slack(truth)
        return right_or_wrong(right, "the right number" if right else "another number")

    def _truth(self, value: Json) -> Fraction | Unscored:
        if value is None:
            return Unscored(Cause.MISSING_GROUND_TRUTH, f"no {self.truth}")
        number = as_number(value, self._notation)
        if number is None:
            return Unscored(Cause.INVALID_GROUND_TRUTH, f"{self.truth} is not a number")
        return number

    def _slack(self, truth: Fraction) -> Fraction:
        if not (self.absolute_tolerance or self.relative_tolerance):
            return Fraction(0)
        absolute, relative = Fraction(str(self.absolute_tolerance)), Fraction(str(self.relative_tolerance))
        return max(absolute, relative * abs(truth))


def as_number(value: Json, notation: Notation) -> Fraction | None:
    """A JSON number as it was written (0.1 is 1/10), or text as a number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        return read(value, notation)
    try:
        return Fraction(str(value) if isinstance(value, float) else value)
    except ValueError:  # NaN and infinities are not JSON, but a Python caller may pass them
        return None
