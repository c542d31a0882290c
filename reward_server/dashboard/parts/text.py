"""Texts that policies, judges and datasets wrote: whole, inert, and with nothing in them that is unseen.

A character that cannot be seen, or that turns the writing round, is shown by its name; a page stays usable
whatever the text is made of.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from reward_server.report.markup import Markup, element, joined

CLIP = 6_000
"""Characters of a text that are shown before somebody asks for all of it."""
NOWHERE = ""
"""In place of a link: nobody has the whole text to show."""
MOST_NAMED = 2_000
"""Stretches of unseen characters that are set off from the text around them; further ones are only named."""

_CONTROLS = {0: "NUL", 7: "BEL", 8: "BS", 11: "VT", 12: "FF", 13: "CR", 27: "ESC", 127: "DEL"}
# Not the zero-width joiners U+200C and U+200D, which Persian, Hindi and emoji need.
_UNSEEN = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b"
    "\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ud800-\\udfff\\ue000-\\uf8ff\\ufeff\\uffa0"
    "\\ufff0-\\ufffb\\U000e0000-\\U0010ffff]+"
)
_DROPPED = Markup("\n")
"""At the start of a `pre`, by HTML's rules; so the text's own line end there is kept."""


class Stretch(NamedTuple):
    """A part of a text that is set off: a quotation (`mark`), or what siblings say as well (`shared`)."""

    start: int
    end: int
    kind: str
    title: str | None = None


def sound(text: str) -> str:
    """A text with one kind of line end, as browsers read it."""
    return text.replace("\r\n", "\n")


def legible(text: str) -> str:
    """A text with the names of its unseen characters in their places, for where no markup can stand."""
    return _UNSEEN.sub(lambda found: _names(found[0]), text)


def written(text: str, stretches: Iterable[Stretch] = ()) -> Markup:
    """A text with its unseen characters named and its stretches set off. The earlier stretch goes first."""
    return joined(_written(text, sorted(stretches), _Names()))


def block(text: str, stretches: Iterable[Stretch] = (), *, name: str | None = None) -> Markup:
    """A text in a box of its own. `name` is its id in the page."""
    return element("pre", _DROPPED, written(text, stretches), class_="text", id=name, tabindex="0")


def clipped(
    text: str, more: str | None, stretches: Sequence[Stretch] = (), *, most: int = CLIP
) -> Iterator[Markup]:
    """A text in a box: its beginning with a link to the whole at `more`, or all of it where that is None.

    With NOWHERE, the beginning alone.
    """
    if more is None or len(text) <= most:
        yield block(text, stretches)
        return
    inside = [stretch._replace(end=min(stretch.end, most)) for stretch in stretches if stretch.start < most]
    yield block(text[:most], inside)
    left = len(text) - most
    link = [] if more == NOWHERE else [element("a", "show all", href=more)]
    yield element("p", f"{left:,} more characters are not shown. ", *link, class_="small")


def beginning(text: str, most: int = 600) -> Markup:
    """A text among others, where a long one would be in the way."""
    return written(text if len(text) <= most else f"{text[:most]}...")


class _Names:
    """Names unseen characters, the first ones with markup."""

    def __init__(self) -> None:
        self._left = MOST_NAMED

    def pieces(self, text: str) -> Iterator[str]:
        at = 0
        for found in _UNSEEN.finditer(text):
            if self._left == 0:
                break
            self._left -= 1
            yield text[at : found.start()]
            yield element("span", _names(found[0]), class_="unseen")
            at = found.end()
        yield legible(text[at:])


def _written(text: str, stretches: Iterable[Stretch], names: _Names) -> Iterator[str]:
    at = 0
    for stretch in stretches:
        start = max(stretch.start, at)
        if start >= stretch.end:
            continue
        yield from names.pieces(text[at:start])
        yield _set_off(stretch, names.pieces(text[start : stretch.end]))
        at = stretch.end
    yield from names.pieces(text[at:])


def _set_off(stretch: Stretch, pieces: Iterator[str]) -> Markup:
    if stretch.kind == "mark":
        return element("mark", *pieces, title=stretch.title)
    return element("span", *pieces, class_=stretch.kind, title=stretch.title)


def _names(characters: str) -> str:
    return "".join(map(_name, characters))


@lru_cache(4096)
def _name(character: str) -> str:
    """Some control characters by their short names, `⟨ESC⟩`; others by their number, `⟨U+202E⟩`."""
    code = ord(character)
    name = _CONTROLS.get(code) or f"U+{code:04X}"
    return f"\N{MATHEMATICAL LEFT ANGLE BRACKET}{name}\N{MATHEMATICAL RIGHT ANGLE BRACKET}"
