"""What a classifier is shown. Shapes only."""

from hashlib import blake2b
from typing import TypeAlias

import msgspec


class Claim(msgspec.Struct, frozen=True, tag=True):
    """A text, or a text held against another one."""

    text: str
    premise: str | None = None
    """What the text is held against, for models that take pairs."""


class Turn(msgspec.Struct, frozen=True):
    """One message of a conversation."""

    role: str
    content: str


class Conversation(msgspec.Struct, frozen=True, tag=True):
    """A conversation, for models that score its last answer."""

    turns: tuple[Turn, ...]

    @property
    def plain(self) -> str:
        """It as one text, for models without a chat template: `role: content`, a paragraph each."""
        return "\n\n".join(f"{turn.role}: {turn.content}" for turn in self.turns)


Item: TypeAlias = Claim | Conversation


def without_surrogates(item: Item) -> Item:
    """The item with a `?` for each lone surrogate, which no tokenizer and no JSON takes."""
    if isinstance(item, Claim):
        premise = None if item.premise is None else _encodable(item.premise)
        return Claim(_encodable(item.text), premise)
    return Conversation(tuple(Turn(turn.role, _encodable(turn.content)) for turn in item.turns))


def key(item: Item) -> bytes:
    """16 bytes that stand for an item without surrogates."""
    return blake2b(msgspec.msgpack.encode(item), digest_size=16).digest()


def characters(item: Item) -> int:
    """How long it is."""
    if isinstance(item, Claim):
        return len(item.text) + len(item.premise or "")
    return sum(len(turn.content) for turn in item.turns)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
