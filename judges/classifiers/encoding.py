"""Items as the tokens that a classification model sees. The tokenizer is given: nothing is imported.

A text that comes from outside is nothing but text: where it spells a special token, such as the one that
ends a message, it becomes the letters of it. Everything else is tokenized as the author of the model did.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, Protocol, Self

import msgspec

from judges.backend_error import BackendError
from judges.classifiers.item import Claim, Conversation, Item, Turn, characters
from judges.classifiers.options import Truncate
from judges.classifiers.template import Piece, filled
from judges.classifiers.tokenizer import Encoding, Specials, Tokenizer
from rubrics.cause import Cause

LONGEST_TOKEN = 64
"""Characters. Of a text that is too long even if all its tokens were this long, the rest is not tokenized."""


class Renderer(Protocol):
    """A chat template."""

    def render(self, conversation: Conversation, special: Specials) -> list[Piece]:
        """The conversation as the model was trained to see it. Raises BackendError."""


class Encoded(msgspec.Struct, frozen=True):
    """An item's tokens."""

    tokens: list[int]
    types: list[int]
    """0, or 1 for what belongs to the second text of a pair."""


class Encoder(msgspec.Struct, frozen=True):
    """A tokenizer, how much its model reads, and what becomes of what is too long."""

    tokenizer: Tokenizer
    limit: int
    """Tokens, those included that the tokenizer adds."""
    truncate: Truncate
    template: str | None
    chat: Renderer | None
    nothing: int
    """The token that stands for a text without tokens."""
    specials: Specials

    @classmethod
    def over(
        cls,
        tokenizer: Tokenizer,
        limit: int,
        *,
        truncate: Truncate = "error",
        template: str | None = None,
        chat: Renderer | None = None,
        nothing: int = 0,
    ) -> Self:
        """An encoder on a tokenizer that belongs to it alone."""
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return cls(tokenizer, limit, truncate, template, chat, nothing, Specials(tokenizer))

    def encode(self, item: Item) -> Encoded | BackendError:
        """The tokens of an item, or what is wrong with it. Linear in its text."""
        size = characters(item)
        if self.truncate == "error" and size > self.limit * LONGEST_TOKEN:
            return _rejected(f"the text has {size:,} characters; this classifier reads {self.limit:,} tokens")
        try:
            return self._encode(item)
        except BackendError as error:
            return error

    def _encode(self, item: Item) -> Encoded:
        if isinstance(item, Conversation):
            if self.chat is not None:
                turns = tuple(Turn(turn.role, self._cut(turn.content)) for turn in item.turns)
                return self._single(self.chat.render(Conversation(turns), self.specials), adds=False)
            return self._single([(item.plain, True)])
        if self.template is not None:
            return self._single(list(self._filled(self.template, item)))
        return self._single([(item.text, True)]) if item.premise is None else self._pair(item)

    def _filled(self, template: str, claim: Claim) -> Iterator[Piece]:
        texts = Claim(self._cut(claim.text), None if claim.premise is None else self._cut(claim.premise))
        for text, is_outside in filled(template, texts):
            yield from self.specials.split(text) if is_outside else [(text, False)]

    def _single(self, pieces: Sequence[Piece], *, adds: bool = True) -> Encoded:
        found = self._encoding(pieces)
        room = self.limit - (self.tokenizer.num_special_tokens_to_add(False) if adds else 0)
        self._fit(found, room, len(found.ids))
        return self._encoded(self.tokenizer.post_process(found, None, adds))

    def _pair(self, claim: Claim) -> Encoded:
        assert claim.premise is not None
        first, second = self._encoding([(claim.premise, True)]), self._encoding([(claim.text, True)])
        room = self.limit - self.tokenizer.num_special_tokens_to_add(True)
        lengths = len(first.ids), len(second.ids)
        for text, places in zip((first, second), _shares(*lengths, room), strict=True):
            self._fit(text, places, sum(lengths))
        return self._encoded(self.tokenizer.post_process(first, second, True))

    def _encoding(self, pieces: Sequence[Piece]) -> Encoding:
        parts = [self._part(self._cut(text), is_outside) for text, is_outside in _joined(pieces)]
        return parts[0] if len(parts) == 1 else type(parts[0]).merge(parts)

    def _part(self, text: str, is_outside: bool) -> Encoding:
        self.tokenizer.encode_special_tokens = is_outside
        return self.tokenizer.encode(text, add_special_tokens=False)

    def _cut(self, text: str) -> str:
        most = self.limit * LONGEST_TOKEN
        return text[-most:] if self.truncate == "start" else text[:most]

    def _fit(self, found: Encoding, room: int, whole: int) -> None:
        if len(found.ids) <= room:
            return
        if self.truncate == "error":
            advice = "choose what to cut off with `truncate`"
            raise _rejected(f"the text has {whole:,} tokens; this classifier reads {self.limit:,}: {advice}")
        side: Literal["left", "right"] = "left" if self.truncate == "start" else "right"
        found.truncate(max(room, 0), direction=side)

    def _encoded(self, found: Encoding) -> Encoded:
        return Encoded(found.ids, found.type_ids) if found.ids else Encoded([self.nothing], [0])


def _shares(first: int, second: int, room: int) -> tuple[int, int]:
    """How many tokens of either text there is room for, where the longer one is cut first."""
    half = max(room, 0) // 2
    if first <= half:
        return first, max(room - first, 0)
    if second <= half:
        return max(room - second, 0), second
    return half, max(room, 0) - half


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Neighbours that are tokenized alike, as one piece; at least one."""
    joined: list[Piece] = []
    for text, is_outside in pieces:
        if joined and not is_outside and not joined[-1][1]:
            joined[-1] = (joined[-1][0] + text, False)
        elif text:
            joined.append((text, is_outside))
    return joined or [("", True)]


def _rejected(detail: str) -> BackendError:
    return BackendError(Cause.JUDGE_REJECTED, detail)
