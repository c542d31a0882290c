"""NeMo Gym's resources server: `POST /verify` takes a dataset row and a response, echoes both with a reward.

Clients: NeMo Gym's agents (and so NeMo-RL), verifiers (and so prime-rl), Axolotl. The echo is theirs to rely
on: verifiers deletes `responses_create_params` and `response` from it. NeMo-RL wants `reward_components` to
sum to `reward` and reads `instance_config.mask_sample`; Gym reads `mask_sample` and `_ng_failure_class`;
verifiers drops a sample only where the request fails.
"""

from collections.abc import Mapping, Sequence

import msgspec

from reward_server.dialects.content import messages_of, spoken
from reward_server.dialects.dialect import Dialect, Exchange, unscorable
from reward_server.dialects.row import ground_truth_of, metadata_of
from reward_server.dialects.settings import Settings
from reward_server.wire.decoding import decode_as
from reward_server.wire.native import Result, RolloutRequest
from rubrics.cause import Cause
from rubrics.rollout import FinishReason, Json, Turns

_CALL = ("responses_create_params", "response")
_OF_A_FAILURE = ("_ng_failure_class", "_ng_failure_judge_error", "failure_kind", "failure_reason")
_KINDS = {
    Cause.JUDGE_GARBLED: "judge_unparseable",
    Cause.GROUP_INCOMPLETE: "cohort_incomplete",
    Cause.SHUTDOWN: "shutdown",
}
"""Our causes in the vocabulary of nemo_gym/failure_kinds.py, where it has a closer word."""


class CreateParams(msgspec.Struct, frozen=True):
    """What the policy was asked: OpenAI's Responses parameters, of which these are read."""

    input: str | list[Json]
    instructions: str | None = None


class Response(msgspec.Struct, frozen=True):
    """What it answered."""

    output: list[Json]
    incomplete_details: Json = None
    usage: Json = None


class Request(msgspec.Struct, frozen=True):
    """The part of a row that every row has."""

    responses_create_params: CreateParams
    response: Response
    task_index: int | None = msgspec.field(default=None, name="_ng_task_index")
    rollout_index: int | None = msgspec.field(default=None, name="_ng_rollout_index")


class NeMoGym(Dialect):
    """One row; an unscored one is a masked zero, or a failed request."""

    name = "nemo-gym"
    deadline_s = 55.0
    policies = ("mask", "fail")
    parameters = Dialect.parameters | {"group_size"}

    def read(self, body: bytes, settings: Settings) -> "NeMoGymExchange":
        request = decode_as(body, Request)
        return NeMoGymExchange(request, decode_as(body, dict[str, Json]), settings)


class NeMoGymExchange(Exchange):
    """Answers with the row, the reward and its parts."""

    def __init__(self, request: Request, row: dict[str, Json], settings: Settings) -> None:
        self.rollouts = [_rollout(request, row, settings)]
        self._row = row
        self._settings = settings

    def write(self, results: Sequence[Result]) -> Json:
        (result,) = results
        if result.reward is None and self._settings.unscored == "fail":
            raise unscorable(result)
        echo = _unjudged(self._row, result)
        return {**echo, **_scores(result), **(_failure(result, echo) if result.reward is None else {})}


def _unjudged(row: Mapping[str, Json], result: Result) -> dict[str, Json]:
    """The row without what an earlier answer of ours wrote into it: answers are sent to be verified again.

    An old value must not stand in for one that is missing now, nor an old mask hide what is now scored.
    """
    ours = {*_OF_A_FAILURE, *map(_column, result.components or {})}
    echo = {key: value for key, value in row.items() if key not in ours}
    config = row.get("instance_config")
    if "_ng_failure_class" in row and isinstance(config, dict):
        echo["instance_config"] = {key: value for key, value in config.items() if key != "mask_sample"}
    return echo


def _rollout(request: Request, row: Mapping[str, Json], settings: Settings) -> RolloutRequest:
    task, index = request.task_index, request.rollout_index
    known = task is not None and index is not None
    return RolloutRequest(
        completion=spoken(request.response.output),
        id=f"task-{task}/rollout-{index}" if known else None,
        group=f"task-{task}" if known else None,
        group_size=settings.group_size,
        prompt=_prompt(request.responses_create_params),
        ground_truth=ground_truth_of(row),
        metadata=metadata_of(row, _CALL),
        finish_reason=_finish_reason(request.response),
        completion_tokens=_tokens(request.response),
    )


def _prompt(params: CreateParams) -> Turns:
    if isinstance(params.input, str) and params.instructions is None:
        return params.input
    asked = [{"role": "user", "content": params.input}] if isinstance(params.input, str) else params.input
    system = [] if params.instructions is None else [{"role": "system", "content": params.instructions}]
    return messages_of([*system, *asked])


def _finish_reason(response: Response) -> FinishReason | None:
    details = response.incomplete_details
    cut = isinstance(details, dict) and details.get("reason") == "max_output_tokens"
    return "length" if cut else None


def _tokens(response: Response) -> int | None:
    count = response.usage.get("output_tokens") if isinstance(response.usage, dict) else None
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None


def _column(component: str) -> str:
    return f"component_{component}"


def _scores(result: Result) -> dict[str, Json]:
    """The reward, its weighted parts that sum to it, and each raw value at the top, where metrics look."""
    components = result.components or {}
    scored = result.reward is not None
    values = {_column(name): part.value for name, part in components.items() if part.value is not None}
    parts = {name: (part.weighted or 0.0) if scored else 0.0 for name, part in components.items()}
    return {**values, "reward": result.reward or 0.0, "reward_components": parts, "mask_sample": not scored}


def _failure(result: Result, row: Mapping[str, Json]) -> dict[str, Json]:
    """The marks by which each consumer knows that this zero is not a measurement."""
    cause = Cause(result.cause or Cause.COMPONENT_ERROR)
    reason = f"{cause}: {result.detail}" if result.detail else str(cause)
    judge = cause.startswith("judge_") or cause is Cause.CONTENT_BREAKS_JUDGE
    config = row.get("instance_config")
    return {
        "_ng_failure_class": "judge_failed",
        "_ng_failure_judge_error": reason,
        "failure_kind": _KINDS.get(cause, "judge_failed" if judge else "verifier_error"),
        "failure_reason": reason,
        "instance_config": {**(config if isinstance(config, dict) else {}), "mask_sample": True},
    }
