"""Reasons for an audit: now and then the judge is asked to explain the verdict it just gave.

The reason comes after the verdict and cannot change it. Which verdicts are explained depends on the
question alone, so the same ones are in every run.
"""

from msgspec.structs import replace

from judges.prompts.fence import visible
from judges.request import Request

MAX_TOKENS = 120
LONGEST = 600
"""Characters of a reason that are kept."""
_WHY = "In one or two sentences: what in the text decided your answer?"
_WHOLE = 2**64


def chosen(key: bytes, share: float) -> bool:
    """Whether the verdict on the question with this key is explained, of a `share` of all."""
    return int.from_bytes(key[:8], "big") < share * _WHOLE


def why(request: Request, answer: str) -> Request:
    """The request that asks for the reason of `answer`."""
    follow_up = ({"role": "assistant", "content": answer}, {"role": "user", "content": _WHY})
    return replace(request, form="text", max_tokens=MAX_TOKENS, follow_up=follow_up)


def reason(text: str) -> str | None:
    """What is kept of a reply; None where it says nothing."""
    return visible(text.strip())[:LONGEST] or None
