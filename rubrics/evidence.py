"""Whether a quotation stands in a text. Pure, and linear in both, whatever they hold.

Compared is what a reader sees: compatible forms of a character, upper and lower case, accents, quotation
marks, kinds of dashes, the marks of emphasis and headings, white space and what cannot be seen make no
difference. A policy that is charged by its own words may write them so that nobody can copy them.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from itertools import accumulate

VERSION = "1"
"""Goes up whenever other quotations stand in a text: what was found by another rule is another verdict."""
LEAST = 4
"""Characters, white space aside, without which a quotation, or a piece of one, shows nothing."""
LEAST_SAID = 2
"""So many of them are letters, digits or pictures: a line of dashes shows nothing either."""
MOST_PIECES = 4
"""Pieces of a quotation that leaves something out. Of many small ones anything could be put together."""
LONGEST = 4000
"""Characters of a quotation that are looked at."""

_QUOTES = (
    "\"'`\u00ab\u00bb\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a"
    "\u300c\u300d\u300e\u300f\uff02\uff07"
)
_EMPHASIS = "*_#"
_NO_WIDTH = {0x034F, 0x115F, 0x1160, 0x3164, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
_SHOWN_UNSEEN = {0xFFFD, *range(0x2400, 0x2422)}
"""What judges are shown in place of characters that cannot be seen, and may leave out."""
_MINUS = "\u2212"
_LEFT_OUT = re.compile(r"\[\.\.\.\]|\(\.\.\.\)|\.\.\.+")
_AT_ITS_ENDS = ".,;:!?"
"""Belongs to the sentence in which the judge quotes as often as to the text."""


class _Seen(dict[int, str]):
    """What each character is compared as; found out at its first use and remembered for a while."""

    MOST = 65_536

    def __missing__(self, code: int) -> str:
        if len(self) >= self.MOST:
            self.clear()
        self[code] = found = _seen(chr(code))
        return found


def _seen(character: str) -> str:
    if character in _QUOTES or character in _EMPHASIS or _is_unseen(character):
        return ""
    if character == _MINUS or unicodedata.category(character) == "Pd":
        return "-"
    # Folding may bring out what decomposing then takes apart, and the other way round.
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(part for part in parts if unicodedata.category(part) != "Mn")


def _is_unseen(character: str) -> bool:
    code = ord(character)
    return unicodedata.category(character) == "Cf" or code in _NO_WIDTH or code in _SHOWN_UNSEEN


@cache
def _table() -> _Seen:
    return _Seen()


class Quotable:
    """Texts in which quotations are looked up."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = texts

    def holds(self, quotation: str) -> bool:
        """Whether one of the texts holds it, word for word or, around `...`, its pieces in their order."""
        plain = _plain(quotation[:LONGEST]).strip(_AT_ITS_ENDS)
        if not _shows(plain):
            return False
        return any(plain in text for text in self._plain) or self._holds_pieces(plain)

    def _holds_pieces(self, quotation: str) -> bool:
        pieces = _pieces(quotation)
        return bool(pieces) and any(_in_order(pieces, text) for text in self._plain)

    @cached_property
    def _plain(self) -> Sequence[str]:
        return [_plain(text) for text in self._texts]


def passages(quotation: str, text: str) -> list[tuple[int, int]]:
    """Where the quotation stands in a text, piece by piece: where each starts, and where it has ended.

    Empty exactly where `Quotable([text]).holds(quotation)` is false.
    """
    plain = _plain(quotation[:LONGEST]).strip(_AT_ITS_ENDS)
    if not _shows(plain):
        return []
    traced = _Traced(text)
    return traced.find([plain]) or traced.find(_pieces(plain))


class _Traced:
    """A text as it is compared, with the way back to where each character came from."""

    _STRETCH = 1024

    def __init__(self, text: str) -> None:
        self._text = text
        stretches = [_plain(text[at : at + self._STRETCH]) for at in range(0, len(text), self._STRETCH)]
        self._starts = list(accumulate(map(len, stretches), initial=0))
        self._plain = "".join(stretches)

    def find(self, pieces: Sequence[str]) -> list[tuple[int, int]]:
        """The places of the pieces in their order; nothing where one is missing."""
        found = list(_places(pieces, self._plain))
        if len(found) < len(pieces):
            return []
        return [(self._origin(start), self._origin(end - 1) + 1) for start, end in found]

    def _origin(self, at: int) -> int:
        """Where the character stands that the one at `at` comes from."""
        stretch = bisect_right(self._starts, at) - 1
        left = at - self._starts[stretch]
        place = stretch * self._STRETCH
        while left >= 0:
            left -= len(_plain(self._text[place]))
            place += 1
        return place - 1


def _pieces(quotation: str) -> Sequence[str]:
    """The pieces of a quotation that leaves something out; none where they show nothing."""
    stripped = (piece.strip(_AT_ITS_ENDS) for piece in _LEFT_OUT.split(quotation))
    pieces = [piece for piece in stripped if piece]
    return pieces if len(pieces) <= MOST_PIECES and all(map(_shows, pieces)) else []


def _shows(piece: str) -> bool:
    return len(piece) >= LEAST and sum(map(_says, piece)) >= LEAST_SAID


def _says(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) == "So"


def _plain(text: str) -> str:
    return "".join(text.translate(_table()).split())


def _in_order(pieces: Sequence[str], text: str) -> bool:
    return sum(1 for _ in _places(pieces, text)) == len(pieces)


def _places(pieces: Iterable[str], text: str) -> Iterator[tuple[int, int]]:
    """Where each piece stands behind the one before it, up to the first that does not."""
    at = 0
    for piece in pieces:
        found = text.find(piece, at)
        if found < 0:
            return
        at = found + len(piece)
        yield found, at
