"""What scoring one thing yields: a `Score`, or an `Unscored` that says whose fault it is not.

One rule decides between them. The policy's fault (unparseable answer, missing tag, empty text) is a
`Score`, usually 0, with its reason. Ours (judge down, grader killed, missing ground truth) is
`Unscored(cause)`, on the wire `null`. There is no third thing, no default number and no NaN.
"""

import math
from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn

import msgspec

if TYPE_CHECKING:
    from rubrics.verdict import Verdict


class Cause(StrEnum):
    """Why something could not be scored. A closed list: metrics label by it and trainers mask by it."""

    JUDGE_TIMEOUT = "judge_timeout"
    """The judge did not answer within its own time limit."""
    JUDGE_UNREACHABLE = "judge_unreachable"
    """No connection to the judge, or it broke before the reply was complete."""
    JUDGE_RATE_LIMITED = "judge_rate_limited"
    """The judge answered 429 until the attempts or the time ran out."""
    JUDGE_ERROR = "judge_error"
    """The judge answered with an HTTP error status."""
    JUDGE_REJECTED = "judge_rejected"
    """The judge refused the request as malformed, too long or unauthorised (a 4xx): retrying cannot help."""
    JUDGE_GARBLED = "judge_garbled"
    """The judge answered 200 with something that holds no verdict."""
    JUDGE_REFUSED = "judge_refused"
    """The judge declined to judge the text."""
    JUDGE_ABSTAINED = "judge_abstained"
    """Less than half of the judge's probability lay on the offered choices."""
    JUDGE_MISMATCHED = "judge_mismatched"
    """The reply belonged to another call (promise 5); its connection was closed."""
    CONTENT_BREAKS_JUDGE = "content_breaks_judge"
    """Healthy judges could not judge this text, twice: the content is to blame, not the infrastructure."""
    LOW_COVERAGE = "low_coverage"
    """Too little of the rubric's weight could be judged to stand for the whole."""
    GRADER_TIMEOUT = "grader_timeout"
    """A grading process was killed at its time limit."""
    GRADER_CRASHED = "grader_crashed"
    """A grading process died."""
    MISSING_GROUND_TRUTH = "missing_ground_truth"
    """The rollout carries no ground truth, or no label, where the configuration looks for one."""
    INVALID_GROUND_TRUTH = "invalid_ground_truth"
    """The ground truth is there but is not a value this component can compare with."""
    MISSING_FIELD = "missing_field"
    """The trainer did not send a field that the component needs, such as `completion_tokens`."""
    COMPLETION_TOO_LONG = "completion_too_long"
    """The completion is longer than this server accepts."""
    COMPONENT_ERROR = "component_error"
    """The component raised an exception or returned something that is not a score: a bug in its code."""
    DEADLINE = "deadline"
    """The request's deadline passed first."""
    SHUTDOWN = "shutdown"
    """The server stopped before the rollout was scored."""


class Score(msgspec.Struct, frozen=True):
    """A finite number with the reason for it.

    Raises ValueError for NaN and infinities: what is not a number is `Unscored`, never a `Score`.
    """

    value: float
    reason: str | None = None
    verdicts: "tuple[Verdict, ...]" = ()
    """The rubric's verdicts behind the value, where there is a rubric."""

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"a Score is a finite number, not {self.value}; return Unscored(cause) instead")

    def __float__(self) -> float:
        return float(self.value)


class Unscored(msgspec.Struct, frozen=True):
    """No number, through no fault of the policy's."""

    cause: Cause
    detail: str | None = None
    verdicts: "tuple[Verdict, ...]" = ()
    """The verdicts that were reached all the same."""

    def __float__(self) -> NoReturn:
        raise TypeError(
            f"unscored ({self.cause}): there is no number to use. Leave the rollout out of the group's "
            "baseline, or choose a policy with `on_unscored`"
        )


Outcome = Score | Unscored
