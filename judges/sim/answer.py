"""What the simulated judge says: the tokens of a reply with their log-probabilities."""

import math
from typing import Any

import msgspec

from judges.sim.chat import FINGERPRINT, ChatRequest
from judges.sim.engine import Usage
from judges.sim.latency import BYTES_PER_TOKEN
from judges.sim.verdict import UNCLEAR, SimulatedVerdict, token_probabilities

Distribution = dict[str, float]
"""Token to probability, most probable first."""

ABSTAINED_MASS = 0.3
UNCLEAR_MASS = 0.5
BABBLE = ("blorf", " wug", " zint", " quob", " drell", " frim", " snop", " kreb")
REFUSAL = "I can't help with that."

_IMPOSSIBLE = -9999.0  # JSON has no -infinity; vLLM writes this in its place


class Answer(msgspec.Struct, frozen=True):
    """A reply before it has an id and a price."""

    tokens: list[tuple[str, Distribution]]
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
    tokens = [(verdict.choice, token_probabilities(verdict.probabilities))]
    return _limited(tokens if verdict.choices_given else tokens + _certain(verdict.explanation), limit)


def written(text: str, limit: int | None) -> Answer:
    """Write a text."""
    return _limited(_certain(text), limit)


def abstaining_answer(verdict: SimulatedVerdict, limit: int | None) -> Answer:
    """Say `Hmm`, with 30 % of the probability on the choices and 50 % on itself."""
    total = math.fsum(verdict.probabilities.values())
    choices = {choice: ABSTAINED_MASS * mass / total for choice, mass in verdict.probabilities.items()}
    return _limited([(UNCLEAR, token_probabilities(choices, UNCLEAR_MASS))], limit)


def garbage_answer(limit: int | None) -> Answer:
    """Babble; no choice is among the tokens it is drawn from."""
    even = dict.fromkeys(BABBLE, 1 / len(BABBLE))
    return _limited([(word, even) for word in BABBLE], limit)


def refusing_answer(limit: int | None) -> Answer:
    """Refuse in OpenAI's form: the text is the refusal, the content null."""
    refusal = _limited(_certain(REFUSAL), limit)
    return msgspec.structs.replace(refusal, refused=True)


def completion(
    answer: Answer | None, request: ChatRequest, usage: Usage, *, call_id: str, created: int, model: str
) -> bytes:
    """Write the body of a chat completion, without any choice when there is no answer."""
    return msgspec.json.encode(
        {
            "id": call_id,
            "object": "chat.completion",
            "created": created,
            "model": model,
            "system_fingerprint": FINGERPRINT,
            "choices": [_choice(answer, request)] if answer else [],
            "usage": {
                "prompt_tokens": usage.prompt_tokens,
                "completion_tokens": usage.completion_tokens,
                "total_tokens": usage.prompt_tokens + usage.completion_tokens,
                "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
            },
        }
    )


def _certain(text: str) -> list[tuple[str, Distribution]]:
    """Cut a text into tokens of four characters, each the only one possible."""
    chunks = [text[start : start + BYTES_PER_TOKEN] for start in range(0, len(text), BYTES_PER_TOKEN)]
    return [(chunk, {chunk: 1.0}) for chunk in chunks]


def _limited(tokens: list[tuple[str, Distribution]], limit: int | None) -> Answer:
    if limit is None or len(tokens) < limit:
        return Answer(tokens)
    return Answer(tokens[:limit], "length")


def _choice(answer: Answer, request: ChatRequest) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer.text, "refusal": None}
    if answer.refused:
        message |= {"content": None, "refusal": answer.text}
    return {
        "index": 0,
        "message": message,
        "logprobs": _logprobs(answer, request.top_logprobs or 0) if request.logprobs else None,
        "finish_reason": answer.finish_reason,
    }


def _logprobs(answer: Answer, top: int) -> dict[str, Any]:
    entries = [
        _entry(token, distribution[token])
        | {"top_logprobs": [_entry(*item) for item in list(distribution.items())[:top]]}
        for token, distribution in answer.tokens
    ]
    return {"content": None, "refusal": entries} if answer.refused else {"content": entries, "refusal": None}


def _entry(token: str, probability: float) -> dict[str, Any]:
    logprob = math.log(probability) if probability > 0 else _IMPOSSIBLE
    return {"token": token, "logprob": logprob, "bytes": list(token.encode())}
