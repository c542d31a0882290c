"""What an endpoint was found able to do, and what follows for how verdicts are asked for. Pure."""

import msgspec

from judges.request import Form

LEAST_LOGPROBS = 2
"""Fewer alternatives than this say nothing about the other answers, and would read as certainty."""


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What an endpoint was found able to do. None: it was not asked."""

    logprobs: int = 0
    """Alternatives that come with a token, with their log-probabilities; 0 without any."""
    choice: bool | None = None
    """Whether constrained decoding to a list of choices is obeyed."""
    json: bool | None = None
    """Whether constrained decoding to a JSON schema is obeyed."""
    echoes: bool = False
    """Whether every reply named the call it answers, so that none can be taken for another's."""
    usage: bool = False
    """Whether replies count their tokens."""
    repeated: int = 0
    """Tokens of a prompt whose beginning had been sent before; 0 where that was not tried."""
    cached: int = 0
    """How many of them came out of the prefix cache; 0 also where the endpoint does not say."""
    thinks: bool = False
    """Whether replies began with a thought, so that their first token is no verdict."""
    chances: tuple[float | None, ...] = ()
    """The probability of the right answer to each canary; None where there was no verdict."""
    model: str = ""
    """The model's name, as replies have it."""
    seconds: float = 0.0
    """The fastest reply."""
    server: str = ""
    """What kind of server it is, where that can be told."""
    context: int | None = None
    """Tokens a prompt may have, where the server says."""


def best_form(capabilities: Capabilities) -> Form:
    """How to ask for verdicts: probabilities first, then constrained decoding, then the bare words."""
    if capabilities.logprobs >= LEAST_LOGPROBS:
        return "token"
    if capabilities.choice:
        return "choice"
    return "json" if capabilities.json else "text"
