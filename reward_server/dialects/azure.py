"""Azure (Microsoft Foundry) endpoint grader: `{"type": "endpoint", "url": "https://HOST/azure"}`.

It posts `{"sample": chat-completions output, "item": dataset row, "trace_id": text}` and takes
`{"score": float}`. 600 s a try; what fails is tried three times more, then the rollout is discarded.
"""

from collections.abc import Mapping, Sequence

import msgspec

from reward_server.dialects.content import messages_of, text_of
from reward_server.dialects.dialect import Dialect, Exchange, reward_of
from reward_server.dialects.row import ground_truth_of, metadata_of
from reward_server.dialects.settings import Settings
from reward_server.wire.decoding import decode_as
from reward_server.wire.native import Result, RolloutRequest
from reward_server.wire.status import RequestError
from rubrics.rollout import Json, Turns

_PROMPTS = ("messages", "prompt", "input")
_MAX_ID = 256


class Request(msgspec.Struct, frozen=True):
    """One rollout."""

    sample: dict[str, Json]
    item: dict[str, Json] = {}
    trace_id: str | None = None


class Azure(Dialect):
    """One rollout; a failure discards it."""

    name = "azure"
    deadline_s = 590.0
    ungrouped = "leave group-relative components and renormalise_group out of its reward file"

    def read(self, body: bytes, settings: Settings) -> "AzureExchange":
        request = decode_as(body, Request)
        rollout = RolloutRequest(
            completion=_completion(request.sample),
            id=(request.trace_id or "")[:_MAX_ID] or None,
            prompt=_prompt(request.item),
            ground_truth=ground_truth_of(request.item),
            metadata=metadata_of(request.item, _PROMPTS),
        )
        return AzureExchange([rollout], settings)


class AzureExchange(Exchange):
    """Answers with a score."""

    def __init__(self, rollouts: Sequence[RolloutRequest], settings: Settings) -> None:
        self.rollouts = rollouts
        self._settings = settings

    def write(self, results: Sequence[Result]) -> Json:
        (result,) = results
        return {"score": reward_of(result, self._settings)}


def _completion(sample: Mapping[str, Json]) -> Turns:
    """What the model said, wherever a chat-completions-like output has it."""
    if isinstance(text := sample.get("output_text"), str):
        return text
    choices = sample.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else sample
    message = choice.get("message", choice) if isinstance(choice, dict) else None
    if isinstance(message, dict) and "content" in message:
        return text_of(message["content"])
    if isinstance(output := sample.get("output"), list):
        return messages_of(output)
    message = "there is no output in the sample"
    hint = "send output_text, or choices with a message"
    raise RequestError("invalid_field", message, path="$.sample", hint=hint)


def _prompt(item: Mapping[str, Json]) -> Turns | None:
    found = next((item[name] for name in _PROMPTS if item.get(name) is not None), None)
    if isinstance(found, list):
        return messages_of(found)
    return found if isinstance(found, str) else None
