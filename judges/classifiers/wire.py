"""vLLM's `/classify` and `/score` (vLLM 0.32): request bodies out, logits in. Pure.

`use_activation: false` is always sent, with which the numbers are logits. Without it vLLM applies what the
model's config says, mostly sigmoid or softmax; so what becomes of them is known here.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from judges.backends.openai_wire import garbled
from rubrics.rollout import Json

if TYPE_CHECKING:
    from judges.transport.http import HttpReply


class _Classified(msgspec.Struct):
    index: int
    probs: list[float]
    """Logits, as `use_activation` is false."""


class _Classification(msgspec.Struct):
    data: list[_Classified]
    id: str = ""


class _Scored(msgspec.Struct):
    index: int
    score: float


class _Scores(msgspec.Struct):
    data: list[_Scored]
    id: str = ""


class Answer(msgspec.Struct, frozen=True):
    """One item's logits, and the id that the reply carries."""

    logits: Sequence[float]
    id: str


def text_body(text: str) -> dict[str, Json]:
    """What `/classify` is sent for a text."""
    return {"input": text}


def chat_body(messages: Sequence[Mapping[str, str]]) -> dict[str, Json]:
    """What `/classify` is sent for a conversation, which the server renders."""
    return {"messages": list(messages), "add_generation_prompt": False}


def pair_body(premise: str, claim: str) -> dict[str, Json]:
    """What `/score` is sent for a pair."""
    return {"text_1": premise, "text_2": claim}


def read(reply: "HttpReply", path: str) -> Answer:
    """The logits that a 200 brought, of one item. Raises BackendError."""
    encoding = reply.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise garbled(f"a reply in the encoding {encoding[:20]!a}, which was not asked for")
    try:
        if path == "/score":
            return _read_score(reply.body)
        return _read_classification(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise garbled(f"not an answer of {path}: {type(error).__name__}: {error!s:.100}") from None


def _read_score(body: bytes) -> Answer:
    found = msgspec.json.decode(body, type=_Scores)
    _check_one([each.index for each in found.data])
    return Answer([found.data[0].score], found.id)


def _read_classification(body: bytes) -> Answer:
    found = msgspec.json.decode(body, type=_Classification)
    _check_one([each.index for each in found.data])
    return Answer(found.data[0].probs, found.id)


def _check_one(indices: Sequence[int]) -> None:
    if len(indices) != 1:
        raise garbled(f"{len(indices)} answers to one text")
    if indices[0] != 0:
        raise garbled(f"the answer to text {indices[0]}, and there is only text 0")
