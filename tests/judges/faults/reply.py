"""The chat completions of the faulty judge: honest ones, lies, and what else to put in their place."""

import asyncio
import math
import uuid
from collections.abc import Awaitable
from typing import Any

import msgspec

from tests.judges.faults.server import Behaviour, Call
from tests.judges.faults.truth import chance

Json = dict[str, Any]

_SPELLINGS = {"yes": (("yes", 0.75), (" Yes", 0.25)), "no": (("no", 0.6), (" No", 0.4))}
_ON_THE_CHOICES = 0.98


def honest(call: Call) -> None:
    """Tell the truth at once."""
    call.respond(encode(completion(call)))


def after(seconds: float) -> Behaviour:
    """Tell the truth in a while."""

    def behave(call: Call) -> Awaitable[None]:
        return _later(call, seconds)

    return behave


async def _later(call: Call, seconds: float) -> None:
    await asyncio.sleep(seconds)
    honest(call)


def completion(call: Call, likely: float | None = None, **other: object) -> Json:
    """A chat completion in the form that was asked for; `likely` stands in for the true P(yes)."""
    likely = chance(call.key) if likely is None else likely
    text = "yes" if likely >= 0.5 else "no"
    return {
        "id": id_of(call),
        "object": "chat.completion",
        "created": 1,
        "model": "faulty",
        "choices": [choice(call, text, likely)],
        "usage": {
            "prompt_tokens": 40,
            "completion_tokens": 1,
            "total_tokens": 41,
            "prompt_tokens_details": {"cached_tokens": 32},
        },
        **other,
    }


def choice(call: Call, text: str, likely: float) -> Json:
    asked = call.request
    content = f'{{"verdict": "{text}"}}' if "response_format" in asked else text
    return {
        "index": 0,
        "message": {"role": "assistant", "content": content},
        "logprobs": {"content": [position(alternatives(likely))]} if asked.get("logprobs") else None,
        "finish_reason": "stop",
    }


def alternatives(likely: float) -> list[tuple[str, float]]:
    """Tokens with their probabilities; 0.98 on the choices, each in two spellings."""
    mass = {"yes": likely, "no": 1 - likely}
    spelt = [
        (token, _ON_THE_CHOICES * mass[text] * share)
        for text, spellings in _SPELLINGS.items()
        for token, share in spellings
    ]
    return sorted([*spelt, ("The", 0.01), ("\n", 0.005)], key=lambda item: -item[1])


def position(tokens: list[tuple[str, float]]) -> Json:
    """One entry of `logprobs.content`."""
    entries = [{"token": token, "logprob": math.log(mass), "bytes": None} for token, mass in tokens]
    return {**entries[0], "top_logprobs": entries}


def id_of(call: Call) -> str:
    return f"chatcmpl-{call.id if call.judge.echoes else uuid.uuid4().hex}"


def lie(call: Call, **other: object) -> Json:
    """A well-formed completion under the call's own id with a verdict that is not its own."""
    return completion(call, (chance(call.key) + 0.47) % 1, **other)


def encode(content: object) -> bytes:
    return msgspec.json.encode(content)


def truth_of(call: Call) -> bytes:
    return encode(completion(call))


def lie_of(call: Call) -> bytes:
    return encode(lie(call))
