"""OpenRLHF: `--reward.remote_url http://HOST:8900/openrlhf` (openrlhf/utils/agent.py, 0.11.2).

It posts `{"query": [text], "prompts": [text], "labels": [any]}` for one rollout at a time and takes
`{"rewards": [float], "scores": [float], "extra_logs": {name: [float]}}`. The query is prompt and completion
decoded with special tokens. 180 s a try, five tries, then the run ends. Releases before 0.11 send empty
arrays to all but the first of several URLs.
"""

from collections.abc import Sequence

import msgspec

from reward_server.dialects.dialect import Dialect, Exchange, reward_of
from reward_server.dialects.prompt_prefix import after_prompt
from reward_server.dialects.settings import Settings
from reward_server.dialects.special_tokens import COMMON, trimmed
from reward_server.wire.decoding import decode_as
from reward_server.wire.native import Result, RolloutRequest
from reward_server.wire.status import RequestError
from rubrics.rollout import Json

_TAKEN = frozenset({"reward", "score", "return", "kl", "response_clip_ratio", "unscored"})
"""Names that OpenRLHF, or we, log under already."""


class Request(msgspec.Struct, frozen=True):
    """Parallel arrays."""

    query: list[str]
    prompts: list[str]
    labels: list[Json] = []


class OpenRLHF(Dialect):
    """Prompt and completion in one text, no ids, numbers only."""

    name = "openrlhf"
    deadline_s = 170.0
    parameters = Dialect.parameters | {"special_tokens"}
    ungrouped = "use a reward file without group-relative components and renormalise_group"

    def read(self, body: bytes, settings: Settings) -> "OpenRLHFExchange":
        request = decode_as(body, Request)
        _check_lengths(request)
        return OpenRLHFExchange(_rollouts(request, (*settings.special_tokens, *COMMON)), settings)


class OpenRLHFExchange(Exchange):
    """Answers with arrays as long as those of the request."""

    def __init__(self, rollouts: Sequence[RolloutRequest], settings: Settings) -> None:
        self.rollouts = rollouts
        self._settings = settings

    def write(self, results: Sequence[Result]) -> Json:
        rewards = [reward_of(result, self._settings) for result in results]
        return {"rewards": rewards, "scores": rewards, "extra_logs": _logs(results)}


def _check_lengths(request: Request) -> None:
    wanted = len(request.query)
    labels = request.labels or [None] * wanted
    for name, given in (("prompts", len(request.prompts)), ("labels", len(labels))):
        if given != wanted:
            message = f"{given} {name} for {wanted} queries"
            raise RequestError("invalid_field", message, path=f"$.{name}", hint="send arrays of one length")


def _rollouts(request: Request, tokens: Sequence[str]) -> list[RolloutRequest]:
    labels = request.labels or [None] * len(request.query)
    return [
        RolloutRequest(
            completion=_completion(index, query, prompt, tokens), prompt=prompt, ground_truth=label
        )
        for index, (query, prompt, label) in enumerate(
            zip(request.query, request.prompts, labels, strict=True)
        )
    ]


def _completion(index: int, query: str, prompt: str, tokens: Sequence[str]) -> str:
    end = after_prompt(query, prompt)
    if end is None:
        message = "the query does not begin with its prompt, so where the completion begins is unknown"
        hint = "OpenRLHF sends prompt and completion in `query`, and the prompt alone in `prompts`"
        raise RequestError("invalid_field", message, path=f"$.query[{index}]", hint=hint)
    return trimmed(query[end:], tokens)


def _logs(results: Sequence[Result]) -> dict[str, list[float]]:
    """The same numeric columns for every rollout: raw component values, and where a number stands in.

    A missing value is logged as 0 with `unscored` beside it, also where it has no weight in the reward.
    """
    if not results:
        return {}
    logs = {
        _column(name): [_value(result, name) for result in results] for name in results[0].components or {}
    }
    return {**logs, "unscored": [float(_lacks(result)) for result in results]}


def _lacks(result: Result) -> bool:
    return result.reward is None or any(part.value is None for part in (result.components or {}).values())


def _column(name: str) -> str:
    return f"{name}_component" if name in _TAKEN else name


def _value(result: Result, name: str) -> float:
    return ((result.components or {})[name].value) or 0.0
