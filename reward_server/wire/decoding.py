"""Reading JSON off the wire. Fast where it is good, thorough where it is not.

A good body is decoded in one pass. A bad one is mended where a policy may have broken it and decoded
again; what is still bad is refused with the path of the fault.
"""

import re
from typing import TypeVar

import msgspec

from reward_server.wire.native import RewardRequest, RolloutRequest
from reward_server.wire.not_finite import path_to_constant
from reward_server.wire.repair import mended
from reward_server.wire.status import RequestError
from rubrics.problems import did_you_mean

_DECODER = msgspec.json.Decoder(RewardRequest)
_INVALID = re.compile(r"(.*) - at `(\$[^`]*)`", re.DOTALL)
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MAX_SHOWN = 80

_HINTS = {
    ".rollouts": "send a list of at least one rollout",
    ".completion": 'send text, or chat messages such as [{"role": "assistant", "content": "..."}]',
    ".prompt": 'send text, or chat messages such as [{"role": "user", "content": "..."}]',
    ".finish_reason": "`stop`, `length` or null",
    ".completion_tokens": "a whole number of tokens, or null",
    ".detail": "`rewards`, `components` or `verdicts`",
    ".deadline_s": "seconds, more than 0 and at most 3600",
    ".id": "1 to 256 characters, or leave it out",
    ".group": "1 to 256 characters, or leave it out",
    ".run": "1 to 256 characters, or leave it out",
    ".step": "a whole number, 0 or more; or leave it out",
    ".group_size": "a whole number of rollouts, 1 or more; or leave it out",
    ".metadata": "an object",
}
"""What to send, by the end of the path of a bad field."""

Wanted = TypeVar("Wanted")


def decode(body: bytes) -> RewardRequest:
    """Read a request. Raises RequestError naming the path of a bad field."""
    return _decode(_DECODER, body)


def decode_as(body: bytes, kind: type[Wanted]) -> Wanted:
    """Read another type of the wire. Raises RequestError naming the path of a bad field."""
    return _decode(msgspec.json.Decoder(kind), body)


def _decode(decoder: msgspec.json.Decoder[Wanted], body: bytes) -> Wanted:
    try:
        return _validated(decoder, body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        body = mended(body)
    try:
        return _validated(decoder, body)
    except msgspec.DecodeError as error:
        _refuse_constants(body)
        raise RequestError("not_json", f"this is not valid JSON: {error}") from None


def _validated(decoder: msgspec.json.Decoder[Wanted], body: bytes) -> Wanted:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _invalid(str(error), decoder.type) from None
    except RecursionError:
        raise too_deep() from None


def too_deep() -> RequestError:
    """Say that JSON is nested more deeply than Python can follow."""
    return RequestError("not_json", "the JSON is nested too deeply")


def _refuse_constants(body: bytes) -> None:
    path = path_to_constant(body)
    if path is not None:
        hint = "send null, or leave the field out"
        raise RequestError("invalid_field", "NaN and Infinity are not JSON", path=_shown(path), hint=hint)


def _invalid(message: str, kind: object) -> RequestError:
    """Turn msgspec's message, which may quote the body, into one that is short and printable."""
    found, path = placed.groups() if (placed := _INVALID.fullmatch(message)) else (message, "$")
    hint = next((hint for end, hint in _HINTS.items() if path.endswith(end)), None)
    if unknown := _UNKNOWN_FIELD.fullmatch(found):
        in_rollout = kind is RolloutRequest or path.startswith("$.rollouts[")
        hint = _field_hint(unknown[1][:_MAX_SHOWN], RolloutRequest if in_rollout else RewardRequest)
        found = f"unknown field `{_shown(unknown[1])}`"
    return RequestError("invalid_field", _shown(found), path=_shown(path), hint=hint)


def _field_hint(field: str, kind: type[RolloutRequest | RewardRequest]) -> str | None:
    if kind is RewardRequest and field in RolloutRequest.__struct_fields__:
        return 'rollouts stand in a list: {"rollouts": [{"completion": ...}]}'
    return did_you_mean(field, kind.__struct_fields__)


def _shown(text: str) -> str:
    short = text if len(text) <= 2 * _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."
    return "".join(c if c.isascii() and c.isprintable() else ascii(c)[1:-1] for c in short)
