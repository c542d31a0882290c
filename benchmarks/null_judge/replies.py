"""What the null judge says: chat completions made once, of which only the id changes."""

import base64
import json
import math
from typing import NamedTuple
from zlib import crc32

from judges.sim.chat import parse_request
from judges.sim.conversation import verdict_on
from judges.sim.verdict import choice_probabilities, token_probabilities

MODEL = "null-judge"
TOP = 20
VARIANTS = 64
"""Different verdicts, so that no client takes the judge for one that says the same of everything."""
PROBE_BYTES = 2_000
"""Shorter requests are a client finding out what the judge is; the benchmarks' own are twice as long."""


class Reply(NamedTuple):
    """A completion around its id."""

    before: bytes
    after: bytes

    def http(self, call_id: bytes) -> bytes:
        """The whole response."""
        length = len(self.before) + len(call_id) + len(self.after)
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b%b%b" % (
            length,
            self.before,
            call_id,
            self.after,
        )


def reply(content: str, tokens: dict[str, float] | None = None) -> Reply:
    """A completion that says `content`, whose first token had these log-probabilities."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": content},
        "logprobs": None if tokens is None else {"content": [_position(tokens)]},
        "finish_reason": "stop" if tokens is None else "length",
    }
    usage = {"prompt_tokens": 900, "completion_tokens": 1, "total_tokens": 901}
    fields = {"object": "chat.completion", "created": 1, "model": MODEL, "choices": [choice], "usage": usage}
    return Reply(b'{"id":"chatcmpl-', b'",' + json.dumps(fields).encode()[1:])


def _position(tokens: dict[str, float]) -> dict[str, object]:
    top = [{"token": token, "logprob": logprob, "bytes": None} for token, logprob in tokens.items()][:TOP]
    return {**top[0], "top_logprobs": top}


def verdict(chance: float) -> Reply:
    """Yes with about this probability, as one token."""
    return _told(choice_probabilities(chance, ("yes", "no")))


def _told(choices: dict[str, float]) -> Reply:
    tokens = {token: math.log(share) for token, share in token_probabilities(choices).items()}
    return reply(max(choices, key=choices.__getitem__), tokens)


_VERDICTS = [verdict((number + 1) / (VARIANTS + 1)) for number in range(VARIANTS)]
_SAID: dict[bytes, Reply] = {}


def answer(path: bytes, body: bytes) -> Reply:
    """The reply to a call. Equal bodies get equal replies.

    Under `/say/TEXT/v1`, TEXT in URL-safe base64, everything is answered with that text: what the client
    of another library takes for a verdict.
    """
    if path.startswith(b"/say/"):
        return _said(path.split(b"/")[2])
    if len(body) < PROBE_BYTES:
        request = parse_request(body)
        return _told(verdict_on(request.turns, request.system).probabilities)
    return _VERDICTS[crc32(body) % VARIANTS]


def _said(encoded: bytes) -> Reply:
    if encoded not in _SAID:
        _SAID[encoded] = reply(base64.urlsafe_b64decode(encoded).decode())
    return _SAID[encoded]
