"""What a backend asks of a model that it holds itself."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from judges.backend import BackendError
from judges.readout.reply import VERDICT
from judges.request import Reply, Request


class Asked(msgspec.Struct, frozen=True):
    """A request and its prompt's tokens."""

    request: Request
    tokens: list[int]


class Model(Protocol):
    """A causal language model. Its methods block: they are called one at a time, on a thread of their own."""

    def encode(self, requests: Sequence[Request]) -> list[Asked | BackendError]:
        """Tokenize prompts."""

    def answer(self, asked: Sequence[Asked]) -> list[Reply]:
        """Answer prompts of one form in one pass. Raises BackendError, or whatever its library does."""

    def close(self) -> None:
        """Release the memory."""


def texts_allowed(request: Request) -> list[str] | None:
    """The texts of which one is to be written, in the forms `choice` and `json`; None: any text.

    Under constrained decoding a JSON object with one member, of which the values are known, is but a choice,
    and a model cannot lose itself in the white space that JSON allows.
    """
    if request.form == "choice":
        return list(request.choices)
    if request.form == "json" and not request.menus:  # the objects of several answers are too many
        return [msgspec.json.encode({VERDICT: choice}).decode() for choice in request.choices]
    return None
