"""The OpenAI chat completions format: request bodies out, completions and errors in. Pure.

A reply's JSON is validated in one pass; what is not exactly one completion is `judge_garbled`.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

from judges.backend import Alternatives, BackendError, Messages, Reply, Usage
from rubrics.cause import Cause
from rubrics.rollout import Json

if TYPE_CHECKING:
    from judges.http import HttpReply

_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_KEY_TROUBLE = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_LONGEST_MESSAGE = 200
_QUOTE, _STEP = 24, 8


class _Alternative(msgspec.Struct):
    token: str
    logprob: float


class _Position(msgspec.Struct):
    top_logprobs: list[_Alternative] = []


class _Logprobs(msgspec.Struct):
    content: list[_Position] | None = None


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    logprobs: _Logprobs | None = None
    finish_reason: str | None = None


class _Details(msgspec.Struct):
    cached_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None


class Completion(msgspec.Struct):
    """The parts of a chat completion that are read."""

    choices: list[_Choice]
    id: str | None = None
    model: str | None = None
    usage: _Usage | None = None

    def reply(self) -> Reply:
        """What the model said. Raises BackendError unless there is exactly one choice."""
        if len(self.choices) != 1:
            raise garbled(f"{len(self.choices)} choices where one was asked for")
        choice = self.choices[0]
        refusal = choice.message.refusal
        if refusal is None and choice.finish_reason == "content_filter":
            refusal = "content_filter"
        return Reply(
            choice.message.content or "", _first_token(choice), self.model or "", self._usage(), refusal
        )

    def _usage(self) -> Usage:
        if self.usage is None:
            return Usage()
        details = self.usage.prompt_tokens_details
        cached = details.cached_tokens if details is not None else 0
        return Usage(self.usage.prompt_tokens or 0, cached or 0, self.usage.completion_tokens or 0)


def _first_token(choice: _Choice) -> Alternatives | None:
    if choice.logprobs is None or not choice.logprobs.content:
        return None
    return [(each.token, each.logprob) for each in choice.logprobs.content[0].top_logprobs] or None


_DECODER = msgspec.json.Decoder(Completion)


def body_head(fields: Mapping[str, Json]) -> bytes:
    """A request's JSON up to where its messages begin. Fields that are None are left out."""
    given = {name: value for name, value in fields.items() if value is not None}
    return msgspec.json.encode(given)[:-1] + b',"messages":'


def body(head: bytes, messages: Messages) -> bytes:
    """A request's JSON. Raises BackendError for text that no JSON can hold."""
    try:
        return head + msgspec.json.encode(messages) + b"}"
    except UnicodeEncodeError:
        raise BackendError(Cause.JUDGE_REJECTED, "the prompt holds a lone surrogate") from None


def garbled(detail: str) -> BackendError:
    """The error for a reply that holds no verdict."""
    return BackendError(Cause.JUDGE_GARBLED, detail, retryable=True)


def read_completion(reply: "HttpReply") -> Completion:
    """The completion that a 200 brought. Raises BackendError."""
    encoding = reply.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise garbled(f"a reply in the encoding {encoding[:20]!a}, which was not asked for")
    try:
        return _DECODER.decode(reply.body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        kind = ascii(reply.headers.get("Content-Type", "")[:40])
        raise garbled(f"not a chat completion (content type {kind}): {error!s:.100}") from None


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
