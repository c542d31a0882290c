"""A tokenizer of the package tokenizers, which is not imported, and what it takes for special tokens."""

from collections.abc import Iterator
from typing import Protocol

from judges.classifiers.template import Piece


class Encoding(Protocol):
    """What is used of an encoding of the package tokenizers."""

    ids: list[int]
    type_ids: list[int]
    offsets: list[tuple[int, int]]

    @staticmethod
    def merge(encodings: list["Encoding"], growing_offsets: bool = True) -> "Encoding": ...

    def truncate(self, max_length: int, stride: int = 0, direction: str = "right") -> None: ...


class AddedToken(Protocol):
    """What is used of an added token."""

    content: str
    special: bool
    normalized: bool
    """Whether it is looked for in the normalised text, where it may have other letters."""


class Tokenizer(Protocol):
    """What is used of a tokenizer of the package tokenizers."""

    encode_special_tokens: bool

    def encode(self, sequence: str, *, add_special_tokens: bool) -> Encoding: ...

    def post_process(
        self, encoding: Encoding, pair: Encoding | None = None, add_special_tokens: bool = True
    ) -> Encoding: ...

    def num_special_tokens_to_add(self, is_pair: bool) -> int: ...

    def get_added_tokens_decoder(self) -> dict[int, AddedToken]: ...

    def no_truncation(self) -> None: ...

    def no_padding(self) -> None: ...


class Specials:
    """Finds what a tokenizer takes for special tokens."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        added = tokenizer.get_added_tokens_decoder()
        self._tokens = {id_: token for id_, token in added.items() if token.special}

    def split(self, text: str) -> Iterator[Piece]:
        """The text in pieces: what holds no special token (False), and each that spells one (True)."""
        self._tokenizer.encode_special_tokens = False
        found = self._tokenizer.encode(text, add_special_tokens=False)
        end = 0
        for id_, (start, stop) in zip(found.ids, found.offsets, strict=True):
            if self._spells(text[start:stop], id_):
                yield text[end:start], False
                yield text[start:stop], True
                end = stop
        yield text[end:], False

    def _spells(self, text: str, id_: int) -> bool:
        """Whether a token is a special one that the text spells, not the one for unknown letters."""
        token = self._tokens.get(id_)
        return token is not None and (token.normalized or token.content in text)
