"""A line of a file with a caret below the place that is meant, as compilers show it."""

import unicodedata

import msgspec

WIDEST = 110
"""Characters of a source line that are shown."""
_LEAD = 60
"""Characters before the place that stay visible in a longer line."""


class Mark(msgspec.Struct, frozen=True):
    """A place in a document: 1-based line and column, in characters, and how many to underline."""

    line: int
    column: int
    length: int = 1


def excerpt(source: str, line: int, column: int, length: int) -> list[str]:
    """The source line and its caret line. `column` counts characters from 1, `length` those to underline."""
    start = column - 1
    cut = max(0, min(start - _LEAD, len(source) - WIDEST))
    shown = source[cut : cut + WIDEST]
    before, meant = shown[: start - cut], shown[start - cut : start - cut + length]
    lead, trail = "..." if cut else "", "..." if cut + WIDEST < len(source) else ""
    gutter = f"{line:>5} | "
    caret_at = len(gutter) + len(lead) + cells(before)
    return [f"{gutter}{lead}{_printable(shown)}{trail}", " " * caret_at + "^" * max(1, cells(meant))]


def _printable(text: str) -> str:
    """The text with each character that would move the cursor as a space."""
    return "".join(c if c.isprintable() else " " for c in text)


def cells(text: str) -> int:
    """How many cells of a terminal a text takes."""
    return sum(map(_width, text))


def _width(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) == "Me":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
