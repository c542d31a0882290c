"""A chat completion's JSON, read strictly. Pure.

msgspec decodes and validates in one pass, and lets the last of two equal keys win. So the keys that a
verdict depends on are counted in the bytes: in a plain completion each stands exactly as often as there is
an object for it. Where the count differs, a slower parser decides, which refuses every duplicate.
"""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from judges.request import UNKNOWN_USAGE, Alternatives, Reply, Usage
from rubrics.strict_json import read_object

_ONCE = (b'"choices"', b'"message"', b'"logprobs"', b'"finish_reason"', b'"id"', b'"refusal"')
_MOST_TOKENS = 2**40
# A key may hide behind escapes, but only behind those of the letters and the underscore it is made of.
_ESCAPE, _ESCAPES = b"\\u00", (b"\\u005", b"\\u006", b"\\u007")


class _Alternative(msgspec.Struct, gc=False):
    token: str
    logprob: float


class _Position(msgspec.Struct, gc=False):
    token: str | UnsetType = UNSET
    logprob: float | UnsetType = UNSET
    top_logprobs: list[_Alternative] | UnsetType = UNSET


class _Logprobs(msgspec.Struct, gc=False):
    content: list[_Position] | UnsetType | None = UNSET


class _Message(msgspec.Struct, gc=False):
    content: str | UnsetType | None = UNSET
    refusal: str | None = None


class _Choice(msgspec.Struct, gc=False):
    message: _Message
    logprobs: _Logprobs | None = None
    finish_reason: str | None = None


class _Details(msgspec.Struct, gc=False):
    cached_tokens: int | None = None


class _Usage(msgspec.Struct, gc=False):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None


class Completion(msgspec.Struct, gc=False):
    """The parts of a chat completion that are read."""

    choices: list[_Choice]
    id: str | None = None
    model: str | None = None
    usage: _Usage | None = None

    def reply(self, *, echoes: bool = False) -> Reply:
        """What the model said."""
        choice = self.choices[0]
        refusal = choice.message.refusal
        if refusal is None and choice.finish_reason == "content_filter":
            refusal = "content_filter"
        return Reply(
            choice.message.content or "",
            _first_token(choice),
            self.model or "",
            _usage(self.usage),
            refusal,
            choice.finish_reason == "length",
            echoes,
        )


def _first_token(choice: _Choice) -> Alternatives | None:
    if choice.logprobs is None or not choice.logprobs.content:
        return None
    top = choice.logprobs.content[0].top_logprobs
    return [(each.token, each.logprob) for each in top] if top else None


def _usage(found: _Usage | None) -> Usage:
    if found is None:
        return UNKNOWN_USAGE
    details = found.prompt_tokens_details
    cached = details.cached_tokens if details is not None else 0
    return Usage(*map(_summable, (found.prompt_tokens, cached, found.completion_tokens)))


def _summable(tokens: int | None) -> int:
    """A count that can be summed: some servers say -1 of what they do not know."""
    return min(max(tokens or 0, 0), _MOST_TOKENS)


_DECODER = msgspec.json.Decoder(Completion)


def read(body: bytes) -> Completion:
    """The completion with its one choice. Raises ValueError that says what else this is."""
    try:
        completion = _DECODER.decode(body)
        if len(completion.choices) != 1:
            raise ValueError(f"{len(completion.choices)} choices where one was asked for")
        if not is_plain(body, completion.choices[0]):
            read_object(body.decode())
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None
    return completion


def is_plain(body: bytes, choice: _Choice) -> bool:
    """Whether counting alone tells that no key which matters stands twice in its object."""
    if _ESCAPE in body and any(escape in body for escape in _ESCAPES):
        return False
    for key in _ONCE:
        if body.count(key) > 1:
            return False
    logprobs = UNSET if choice.logprobs is None else choice.logprobs.content
    contents = (choice.message.content is not UNSET) + (logprobs is not UNSET)
    return body.count(b'"content"') == contents and _counted(body, logprobs or ())


def _counted(body: bytes, positions: Sequence[_Position]) -> bool:
    tokens = chances = lists = 0
    for position in positions:
        top = position.top_logprobs
        if top is not UNSET:
            lists += 1
            tokens += len(top)
            chances += len(top)
        tokens += position.token is not UNSET
        chances += position.logprob is not UNSET
    return (
        body.count(b'"token"') == tokens
        and body.count(b'"logprob"') == chances
        and body.count(b'"top_logprobs"') == lists
    )
