"""What the simulated judge says: the tokens of a reply with their log-probabilities."""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from judges.sim.chat import FINGERPRINT, ChatRequest
from judges.sim.engine import Usage
from judges.sim.latency import BYTES_PER_TOKEN
from judges.sim.verdict import UNCLEAR, SimulatedVerdict, token_probabilities

Distribution = tuple[tuple[str, float], ...]
"""Tokens and their probabilities, most probable first."""

ABSTAINED_MASS = 0.3
UNCLEAR_MASS = 0.5
BABBLE = ("blorf", " wug", " zint", " quob", " drell", " frim", " snop", " kreb")
REFUSAL = "I can't help with that."

_IMPOSSIBLE = -9999.0  # JSON has no -infinity; vLLM writes this in its place


class Answer(msgspec.Struct, frozen=True):
    """A reply before it has an id and a price."""

    tokens: tuple[tuple[str, Distribution], ...]
    """Each token of the reply and the distribution it came from."""
    finish_reason: str = "stop"
    """`length` when the request's limit was reached, as it is after one token of one."""
    refused: bool = False
    """Whether the text is a refusal and stands in place of the content."""

    @property
    def text(self) -> str:
        """The tokens, joined."""
        return "".join(token for token, _ in self.tokens)


def honest_answer(verdict: SimulatedVerdict, limit: int | None) -> Answer:
    """Give the choice, and the explanation too when the message left the form of the answer open."""
    tokens = [(verdict.choice, _distribution(tuple(verdict.probabilities.items())))]
    return _limited(tokens if verdict.choices_given else tokens + _certain(verdict.explanation), limit)


def written(text: str, limit: int | None) -> Answer:
    """Write a text."""
    return _limited(_certain(text), limit)


def abstaining_answer(verdict: SimulatedVerdict, limit: int | None) -> Answer:
    """Say `Hmm`, with 30 % of the probability on the choices and 50 % on itself."""
    total = math.fsum(verdict.probabilities.values())
    choices = tuple((choice, ABSTAINED_MASS * mass / total) for choice, mass in verdict.probabilities.items())
    return _limited([(UNCLEAR, _distribution(choices, UNCLEAR_MASS))], limit)


def garbage_answer(limit: int | None) -> Answer:
    """Babble; no choice is among the tokens it is drawn from."""
    even = tuple((word, 1 / len(BABBLE)) for word in BABBLE)
    return _limited([(word, even) for word in BABBLE], limit)


def refusing_answer(limit: int | None) -> Answer:
    """Refuse in OpenAI's form: the text is the refusal, the content null."""
    refusal = _limited(_certain(REFUSAL), limit)
    return msgspec.structs.replace(refusal, refused=True)


def completion(
    answer: Answer | None, request: ChatRequest, usage: Usage, *, call_id: str, created: int, model: str
) -> bytes:
    """Write the body of a chat completion, without any choice when there is no answer."""
    top = (request.top_logprobs or 0) if request.logprobs else None
    return msgspec.json.encode(
        {
            "id": call_id,
            "object": "chat.completion",
            "created": created,
            "model": model,
            "system_fingerprint": FINGERPRINT,
            "choices": [_written(answer, top)] if answer else [],
            "usage": {
                "prompt_tokens": usage.prompt_tokens,
                "completion_tokens": usage.completion_tokens,
                "total_tokens": usage.prompt_tokens + usage.completion_tokens,
                "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
            },
        }
    )


@lru_cache(maxsize=1024)
def _distribution(choices: tuple[tuple[str, float], ...], unclear: float = 0.0) -> Distribution:
    return tuple(token_probabilities(dict(choices), unclear).items())


def _certain(text: str) -> list[tuple[str, Distribution]]:
    """Cut a text into tokens of four characters, each the only one possible."""
    chunks = [text[start : start + BYTES_PER_TOKEN] for start in range(0, len(text), BYTES_PER_TOKEN)]
    return [(chunk, ((chunk, 1.0),)) for chunk in chunks]


def _limited(tokens: list[tuple[str, Distribution]], limit: int | None) -> Answer:
    if limit is None or len(tokens) < limit:
        return Answer(tuple(tokens))
    return Answer(tuple(tokens[:limit]), "length")


def _written(answer: Answer, top: int | None) -> msgspec.Raw:
    """The choice as JSON. Few one-token verdicts differ, and writing one is the dearest part of a call."""
    return _known(answer, top) if len(answer.tokens) == 1 else _choice(answer, top)


def _choice(answer: Answer, top: int | None) -> msgspec.Raw:
    message = {"role": "assistant", "content": answer.text, "refusal": None}
    if answer.refused:
        message |= {"content": None, "refusal": answer.text}
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None if top is None else _logprobs(answer, top),
        "finish_reason": answer.finish_reason,
    }
    return msgspec.Raw(msgspec.json.encode(choice))


_known = lru_cache(maxsize=1024)(_choice)


def _logprobs(answer: Answer, top: int) -> dict[str, Any]:
    entries = [_position(token, distribution, top) for token, distribution in answer.tokens]
    return {"content": None, "refusal": entries} if answer.refused else {"content": entries, "refusal": None}


def _position(token: str, distribution: Distribution, top: int) -> Mapping[str, Any]:
    alternatives = [_entry(*item) for item in distribution[:top]]
    return _entry(token, dict(distribution)[token]) | {"top_logprobs": alternatives}


def _entry(token: str, probability: float) -> dict[str, Any]:
    logprob = math.log(probability) if probability > 0 else _IMPOSSIBLE
    return {"token": token, "logprob": logprob, "bytes": list(token.encode())}
