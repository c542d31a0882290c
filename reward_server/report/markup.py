"""HTML and SVG as strings that cannot be confused with text."""

from collections.abc import Iterable
from html import escape

_VOID = frozenset({"br", "input", "link", "meta"})
_MOST = 80


class Markup(str):
    """A piece of HTML. Whatever is a plain string is text, and is escaped where it is put in."""

    __slots__ = ()


Attribute = str | float | None
"""None leaves the attribute out."""


def element(name: str, /, *children: str, **attributes: Attribute) -> Markup:
    """Make an element. `class_` means class, `stroke_width` stroke-width."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_text(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{joined(children)}</{name}>")


def joined(children: Iterable[str]) -> Markup:
    """Pieces one after another."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children))


def visible(text: object, most: int = _MOST) -> str:
    """Text out of a user's file: short, without characters that are unseen or turn the writing round."""
    written = str(text)
    cut = written if len(written) <= most else f"{written[:most]}..."
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in cut)


def _text(value: str | float) -> str:
    """A number to two decimals: hundredths of a pixel are enough."""
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
