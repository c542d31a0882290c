"""The answer of `run`, in OpenAI's format: reward, what it is made of, a flag for each kind of trouble."""

from collections.abc import Mapping, Sequence
from typing import get_args

import msgspec

from reward_server.dialects.openai_graders.graded import FLAG_OF, Flag, Graded
from rubrics.outcome import Outcome, Unscored
from rubrics.rollout import Json

FLAGS: Sequence[Flag] = get_args(Flag)
_WITHOUT_DETAILS: Mapping[str, Json] = {
    "model_grader_server_error_details": None,
    "python_grader_runtime_error_details": None,
    "python_grader_server_error_type": None,
}


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a run besides its reward. `cause` and `detail` are ours, the rest is OpenAI's."""

    name: str
    type: str
    errors: Mapping[str, Json]
    execution_time: float
    """Seconds."""
    scores: Mapping[str, float | None]
    token_usage: int | None = None
    sampled_model_name: str | None = None
    cause: str | None = None
    """Why there is no reward."""
    detail: str | None = None
    """How the reward came about, or what exactly went wrong."""


class RunResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. `reward` is null where there is none, never a number that stands for one."""

    reward: float | None
    sub_rewards: Mapping[str, float | None]
    metadata: Metadata
    model_grader_token_usage_per_model: Mapping[str, Json] = {}


def respond(name: str, kind: str, model: str | None, result: Graded, seconds: float) -> RunResponse:
    """Put a result into OpenAI's format."""
    outcome = result.outcome
    parts = {part: _value(each) for part, each in result.parts.items()}
    return RunResponse(
        reward=_value(outcome),
        sub_rewards=parts,
        metadata=Metadata(
            name=name,
            type=kind,
            errors=_errors(result),
            execution_time=seconds,
            scores=parts,
            sampled_model_name=model,
            cause=outcome.cause if isinstance(outcome, Unscored) else None,
            detail=outcome.detail if isinstance(outcome, Unscored) else outcome.reason,
        ),
    )


def _value(outcome: Outcome) -> float | None:
    return None if isinstance(outcome, Unscored) else float(outcome.value)


def _errors(result: Graded) -> Mapping[str, Json]:
    raised: dict[str, Json] = {flag: flag in result.flags for flag in FLAGS}
    return {**raised, **_WITHOUT_DETAILS, "model_grader_server_error_details": _server_trouble(result)}


def _server_trouble(result: Graded) -> str | None:
    outcomes = [*result.parts.values(), result.outcome]
    troubles = [each for each in outcomes if isinstance(each, Unscored)]
    told = (
        f"{each.cause}: {each.detail}"
        for each in troubles
        if FLAG_OF.get(each.cause) == "model_grader_server_error"
    )
    return next(told, None)
