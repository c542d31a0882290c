"""What running a grader on one sample yields: an outcome, and the flags OpenAI's format has for trouble."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored

Flag = Literal[
    "formula_parse_error",
    "invalid_variable_error",
    "model_grader_parse_error",
    "model_grader_refusal_error",
    "model_grader_server_error",
    "other_error",
    "python_grader_runtime_error",
    "python_grader_server_error",
    "sample_parse_error",
    "truncated_observation_error",
    "unresponsive_reward_error",
]

FLAG_OF: Mapping[Cause, Flag] = {
    Cause.JUDGE_TIMEOUT: "model_grader_server_error",
    Cause.JUDGE_UNREACHABLE: "model_grader_server_error",
    Cause.JUDGE_RATE_LIMITED: "model_grader_server_error",
    Cause.JUDGE_OVERLOADED: "model_grader_server_error",
    Cause.JUDGE_ERROR: "model_grader_server_error",
    Cause.JUDGE_REJECTED: "model_grader_server_error",
    Cause.JUDGE_MISMATCHED: "model_grader_server_error",
    Cause.JUDGE_GARBLED: "model_grader_parse_error",
    Cause.JUDGE_ABSTAINED: "model_grader_parse_error",
    Cause.CONTENT_BREAKS_JUDGE: "model_grader_parse_error",
    Cause.JUDGE_REFUSED: "model_grader_refusal_error",
    Cause.MISSING_FIELD: "invalid_variable_error",
    Cause.MISSING_GROUND_TRUTH: "invalid_variable_error",
    Cause.INVALID_GROUND_TRUTH: "invalid_variable_error",
    Cause.COMPLETION_TOO_LONG: "truncated_observation_error",
    Cause.DEADLINE: "unresponsive_reward_error",
}
"""The flag for each cause; `other_error` for the rest."""


class Graded(msgspec.Struct, frozen=True):
    """One grader's result on one sample."""

    outcome: Outcome
    flags: frozenset[Flag] = frozenset()
    parts: Mapping[str, Outcome] = {}
    """The results of the graders that a `multi` is made of."""

    @classmethod
    def scored(cls, value: float, reason: str) -> "Graded":
        """A number and how it came about."""
        return cls(Score(value, reason))

    @classmethod
    def unscored(cls, why: Unscored) -> "Graded":
        """No number, flagged by its cause."""
        return cls(why, frozenset({FLAG_OF.get(why.cause, "other_error")}))
