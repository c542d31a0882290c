"""What scoring one thing yields: a `Score`, or an `Unscored` that says whose fault it is not.

One rule decides between them. The policy's fault (unparseable answer, missing tag, empty text) is a
`Score`, usually 0, with its reason. Ours (judge down, grader killed, missing ground truth) is
`Unscored(cause)`, on the wire `null`. There is no third thing, no default number and no NaN.
"""

import math
from typing import NoReturn

import msgspec

from rubrics.cause import Cause
from rubrics.verdict import Verdict


def _check_text(reason: object) -> None:
    if reason is not None and not isinstance(reason, str):
        raise TypeError(f"a reason is text, not a {type(reason).__name__}")


class Score(msgspec.Struct, frozen=True):
    """A finite number with the reason for it.

    Raises ValueError for NaN and infinities: what is not a number is `Unscored`, never a `Score`.
    """

    value: float
    reason: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    """The rubric's verdicts behind the value, where there is a rubric."""

    def __post_init__(self) -> None:
        if type(self.value) is not float and not isinstance(self.value, float | int):
            raise TypeError(f"a Score is a float, not a {type(self.value).__name__}")
        if not math.isfinite(self.value):
            raise ValueError(f"a Score is a finite number, not {self.value}; return Unscored(cause) instead")
        if type(self.reason) is not str:  # thousands are made a second
            _check_text(self.reason)

    def __float__(self) -> float:
        return float(self.value)


class Unscored(msgspec.Struct, frozen=True):
    """No number, through no fault of the policy's."""

    cause: Cause
    detail: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    """The verdicts that were reached all the same."""

    def __post_init__(self) -> None:
        _check_text(self.detail)

    def __float__(self) -> NoReturn:
        raise TypeError(
            f"unscored ({self.cause}): there is no number to use. Leave the rollout out of the group's "
            "baseline, or choose a policy with `on_unscored`"
        )


Outcome = Score | Unscored
