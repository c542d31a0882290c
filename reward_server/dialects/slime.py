"""slime: `--rm-type remote_rm --rm-url http://HOST:8900/slime` (slime/rollout/rm_hub).

It posts `{"prompt": text or messages, "response": text, "label": any}` for one sample at a time and keeps the
body of the answer as the reward: a bare number, or with `--reward-key score` an object that has that key.
120 s a try, ten tries, then the run ends.
"""

from collections.abc import Sequence

import msgspec

from reward_server.dialects.dialect import Dialect, Exchange, reward_of
from reward_server.dialects.settings import Settings
from reward_server.dialects.special_tokens import COMMON, trimmed
from reward_server.wire.decoding import decode_as
from reward_server.wire.native import Result, RolloutRequest
from reward_server.wire.status import RequestError
from rubrics.rollout import Json, Turns

_MARK_KEY = "score"
_OURS = ("unscored", "cause")


class Request(msgspec.Struct, frozen=True):
    """One sample."""

    response: str
    prompt: Turns | None = None
    label: Json = None


class Slime(Dialect):
    """One sample, no ids; a number, or an object with `?reward_key=`."""

    name = "slime"
    deadline_s = 110.0
    policies = ("fail", "mark", "number")
    parameters = Dialect.parameters | {"reward_key", "special_tokens"}
    ungrouped = "let --custom-rm-path be trainer_adapters.slime.custom_rm, which names them"

    def read(self, body: bytes, settings: Settings) -> "SlimeExchange":
        if settings.reward_key in _OURS:
            message = f"`{settings.reward_key}` is the key by which unscored samples are known"
            raise RequestError("invalid_field", message, path="?reward_key", hint="take another key")
        request = decode_as(body, Request)
        response = trimmed(request.response, (*settings.special_tokens, *COMMON))
        rollout = RolloutRequest(completion=response, prompt=request.prompt, ground_truth=request.label)
        return SlimeExchange([rollout], settings)


class SlimeExchange(Exchange):
    """Answers with one number or one object."""

    def __init__(self, rollouts: Sequence[RolloutRequest], settings: Settings) -> None:
        self.rollouts = rollouts
        self._settings = settings

    def write(self, results: Sequence[Result]) -> Json:
        (result,) = results
        marked = self._settings.unscored == "mark"
        reward = 0.0 if marked and result.reward is None else reward_of(result, self._settings)
        key = self._settings.reward_key or (_MARK_KEY if marked else None)
        return reward if key is None else _object(result, key, reward)


def _object(result: Result, key: str, reward: float) -> dict[str, Json]:
    """The reward under its key; who masks by `unscored` finds it beside the raw components."""
    values = {name: component.value for name, component in (result.components or {}).items()}
    return {**values, "unscored": int(result.reward is None), "cause": result.cause, key: reward}
