"""One question for a model, and what it said. Shapes only."""

from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Literal

import msgspec

Messages = Sequence[dict[str, str]]
"""Chat messages, each with `role` and `content`."""

Alternatives = list[tuple[str, float]]
"""Tokens with their natural log-probabilities."""

Form = Literal["token", "choice", "json", "text"]
"""How the answer is asked for, best first: one token with log-probabilities; one of the choices under
constrained decoding; `{"verdict": ...}` under a JSON schema; the bare words."""

Menus = tuple[tuple[str, tuple[str, ...]], ...]
"""The answers on offer for each of several statements, by the statement's number in the prompt."""

MAX_TOKENS: dict[Form, int] = {"token": 1, "choice": 16, "json": 64, "text": 16}
"""Room for an answer: enough to see that more follows a choice than punctuation."""


class Shared(msgspec.Struct, frozen=True, dict=True):
    """The beginning that all questions about one rollout have in common."""

    system: str
    evidence: str
    """The start of the user message; the question follows it."""
    route: bytes = b""
    """Digest of what the questions of a whole group begin with: equal routes find each other's prefix in an
    engine's cache. Empty where nothing is known to be shared."""

    @cached_property
    def json(self) -> bytes:
        """The messages as JSON, up to where the question goes. Raises UnicodeEncodeError."""
        system = msgspec.json.encode(self.system)
        evidence = msgspec.json.encode(self.evidence)
        return b'[{"role":"system","content":%b},{"role":"user","content":%b' % (system, evidence[:-1])

    @cached_property
    def digest(self) -> bytes:
        """16 bytes that stand for the messages up to the question. Raises UnicodeEncodeError."""
        return blake2b(self.json, digest_size=16).digest()


class Prompt(msgspec.Struct, frozen=True):
    """What a model is asked: the shared beginning, then the question."""

    shared: Shared
    question: str

    @property
    def messages(self) -> list[dict[str, str]]:
        """The system message and the user message."""
        return [
            {"role": "system", "content": self.shared.system},
            {"role": "user", "content": self.shared.evidence + self.question},
        ]


class Request(msgspec.Struct, frozen=True):
    """One question for the model."""

    prompt: Prompt
    choices: tuple[str, ...]
    """The answers on offer. The prompt names them; a backend may use them to constrain decoding. Empty where
    words are wanted, or one JSON object (`menus`)."""
    id: str = ""
    """Names the question in traces and scripts. Not sent anywhere, not necessarily unique."""
    form: Form = "token"
    max_tokens: int = 1
    sample: int = 0
    """Which of several samples of the same question this is."""
    follow_up: tuple[dict[str, str], ...] = ()
    """Messages after the question, where the model is to say more about an answer it gave."""
    menus: Menus = ()
    """Where several statements are asked together: the answers on offer for each. Then the reply is to be one
    JSON object with an answer for each number, under a JSON schema in the form `json`."""

    @property
    def digest(self) -> bytes:
        """16 bytes that stand for all messages. Raises UnicodeEncodeError."""
        rest = [self.prompt.question, *(message["content"] for message in self.follow_up)]
        return blake2b(self.prompt.shared.digest + msgspec.json.encode(rest), digest_size=16).digest()

    @property
    def messages(self) -> list[dict[str, str]]:
        """All messages, first to last."""
        return [*self.prompt.messages, *self.follow_up]


class Usage(msgspec.Struct, frozen=True):
    """Tokens as the model's server counted them; 0 where it did not say."""

    prompt: int = 0
    cached: int = 0
    """Prompt tokens served from the prefix cache."""
    completion: int = 0


UNKNOWN_USAGE = Usage()


class Reply(msgspec.Struct, frozen=True):
    """What the model said."""

    text: str
    alternatives: Alternatives | None = None
    """The most probable first tokens; None where the backend has no log-probabilities."""
    model: str = ""
    usage: Usage = UNKNOWN_USAGE
    refusal: str | None = None
    """Why the model declined; None unless it did."""
    truncated: bool = False
    """Whether the model would have said more (`finish_reason: length`)."""
    echoes: bool = False
    """Whether the reply named the call it answers, so that it is certain to be ours (promise 5)."""
