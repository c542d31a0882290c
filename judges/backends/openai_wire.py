"""The OpenAI chat completions format: request bodies out, completions and errors in. Pure.

A reply's JSON is validated in one pass; what is not exactly one completion is `judge_garbled`.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

from judges.backend import BackendError
from judges.backends.completion import Completion, read
from judges.request import Menus, Messages, Request
from rubrics.cause import Cause
from rubrics.rollout import Json

if TYPE_CHECKING:
    from judges.transport.http import HttpReply

_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_KEY_TROUBLE = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_LONGEST_MESSAGE = 200
_QUOTE, _STEP = 24, 8


def body_head(fields: Mapping[str, Json]) -> bytes:
    """A request's JSON up to where its messages begin. Fields that are None are left out."""
    given = {name: value for name, value in fields.items() if value is not None}
    return msgspec.json.encode(given)[:-1] + b',"messages":'


def form_fields(request: Request, top_logprobs: int) -> dict[str, Json]:
    """What asks for an answer in the request's form."""
    match request.form:
        case "token":
            return {"logprobs": True, "top_logprobs": top_logprobs}
        case "choice":
            return {"structured_outputs": {"choice": list(request.choices)}}
        case "json":
            menus = request.menus or (("verdict", request.choices),)
            return {"response_format": {"type": "json_schema", "json_schema": _schema(menus)}}
        case "text":
            return {}


def _schema(menus: Menus) -> Json:
    schema: Json = {
        "type": "object",
        "properties": {name: {"type": "string", "enum": list(choices)} for name, choices in menus},
        "required": [name for name, _ in menus],
        "additionalProperties": False,
    }
    return {"name": "verdict", "strict": True, "schema": schema}


def body_parts(head: bytes, request: Request, id_field: str | None, request_id: str) -> list[bytes]:
    """A request's JSON. Raises BackendError for text that no JSON can hold."""
    try:
        parts = [head, request.prompt.shared.json, msgspec.json.encode(request.prompt.question)[1:], b"}"]
        parts += [b"," + msgspec.json.encode(message) for message in request.follow_up]
    except UnicodeEncodeError:
        raise BackendError(Cause.JUDGE_REJECTED, "the prompt holds a lone surrogate") from None
    parts.append(b"]}" if id_field is None else b'],"%b":"%b"}' % (id_field.encode(), request_id.encode()))
    return parts


def read_completion(reply: "HttpReply") -> Completion:
    """The completion that a 200 brought. Raises BackendError."""
    encoding = reply.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise garbled(f"a reply in the encoding {encoding[:20]!a}, which was not asked for")
    try:
        return read(reply.body)
    except ValueError as error:
        kind = ascii(reply.headers.get("Content-Type")[:40])
        raise garbled(f"not a chat completion (content type {kind}): {error!s:.100}") from None


def garbled(detail: str) -> BackendError:
    """The error for a reply that holds no verdict."""
    return BackendError(Cause.JUDGE_GARBLED, detail, retryable=True)


def failure(reply: "HttpReply", messages: Messages, key: str | None) -> BackendError:
    """What an HTTP status other than 200 means."""
    from judges.retry import retry_after  # asyncio, which `gavel check` need not wait for

    status = reply.status
    if 200 <= status < 300:
        return garbled(f"HTTP {status} in place of 200")
    if 300 <= status < 400:
        return BackendError(Cause.JUDGE_ERROR, f"HTTP {status}: redirects are not followed; correct base_url")
    wait = retry_after(reply.headers.get("Retry-After"))
    detail = f"HTTP {status}: {_told(reply.body, messages, key)}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return BackendError(Cause.JUDGE_RATE_LIMITED, detail, retryable=True, retry_after=wait)
    if status in _PASSING or not 400 <= status < 500:
        return BackendError(Cause.JUDGE_ERROR, detail, retryable=True, retry_after=wait)
    if status in _KEY_TROUBLE:  # the server's message may show part of the key
        return BackendError(Cause.JUDGE_REJECTED, f"HTTP {status}: the key was not accepted; see api_key_env")
    return BackendError(Cause.JUDGE_REJECTED, detail)


def _told(content: bytes, messages: Messages, key: str | None) -> str:
    """The server's message, escaped and cut; withheld where it quotes the prompt."""
    text = _message(content)
    if key:
        text = text.replace(key, "***")
    text = text[:_LONGEST_MESSAGE]
    quotes = (text[start : start + _QUOTE] for start in range(0, len(text) - _QUOTE + 1, _STEP))
    if any(quote in message["content"] for quote in quotes for message in messages):
        return "(the message quotes the prompt)"
    return ascii(text)[1:-1][:_LONGEST_MESSAGE]


def _message(content: bytes) -> str:
    """The message of an error body: OpenAI's `error.message`, FastAPI's `detail`, or the body itself."""
    try:
        told = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return content[: 4 * _LONGEST_MESSAGE].decode("utf-8", "replace")
    for name in ("error", "message", "detail"):
        if isinstance(told, dict) and name in told:
            told = told[name]
    return told if isinstance(told, str) else ""
