"""A conversation through a model's own chat template. The tokenizer is given: nothing is imported."""

import re
import secrets
from collections.abc import Iterator
from typing import Protocol

from judges.backend_error import BackendError
from judges.classifiers.item import Conversation
from judges.classifiers.template import Piece
from judges.classifiers.tokenizer import Specials
from rubrics.cause import Cause


class Templated(Protocol):
    """What is used of a transformers tokenizer."""

    def apply_chat_template(
        self, conversation: list[dict[str, str]], *, tokenize: bool, add_generation_prompt: bool
    ) -> str: ...


class ChatTemplate:
    """Renders conversations. What spells a special token in a message goes through in disguise."""

    def __init__(self, tokenizer: Templated) -> None:
        self._tokenizer = tokenizer

    def render(self, conversation: Conversation, special: Specials) -> list[Piece]:
        """The whole conversation, nothing after it. Raises BackendError."""
        disguise = _Disguise(special)
        messages = [
            {"role": turn.role, "content": disguise.put_on(turn.content)} for turn in conversation.turns
        ]
        try:
            text = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=False)
        except Exception as error:  # noqa: BLE001 - a template is its author's code and may raise anything
            detail = f"the model's chat template raised {type(error).__name__}"
            raise BackendError(Cause.JUDGE_REJECTED, detail) from None
        return list(disguise.take_off(text))


class _Disguise:
    """Words that nobody can guess, for what spells special tokens."""

    def __init__(self, special: Specials) -> None:
        self._special = special
        self._nonce = secrets.token_hex(16)
        self._hidden: list[str] = []

    def put_on(self, text: str) -> str:
        return "".join(
            self._hide(piece) if is_special else piece for piece, is_special in self._special.split(text)
        )

    def _hide(self, piece: str) -> str:
        self._hidden.append(piece)
        return f"\ue000{self._nonce}x{len(self._hidden) - 1}\ue001"

    def take_off(self, text: str) -> Iterator[Piece]:
        for number, part in enumerate(re.split(f"\ue000{self._nonce}x([0-9]+)\ue001", text)):
            yield (self._hidden[int(part)], True) if number % 2 else (part, False)
