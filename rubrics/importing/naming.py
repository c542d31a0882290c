"""Names out of words: readable, each once, and the same whenever the words are the same."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from rubrics.holistic import HOLISTIC

_MOST_WORDS, _MOST_CHARACTERS = 5, 40
_ARTICLES = frozenset({"a", "an", "the", "this", "that", "there", "it", "its", "their"})
_JOINTS = frozenset({"and", "or", "as", "at", "by", "for", "from", "in", "of", "on", "to", "with", "which"})
_AUXILIARIES = frozenset({"are", "be", "has", "have", "is", "was", "were"})
_EMPTY = _ARTICLES | _JOINTS | _AUXILIARIES
"""Words that tell nothing of a statement; `not` and `no` do."""


def criterion_ids(texts: Iterable[str]) -> list[str]:
    """An id for each statement, out of its first words; a number tells statements that begin alike apart."""
    taken = {HOLISTIC}
    ids = []
    for text in texts:
        ids.append(_free(_criterion_id(text), taken, "_"))
        taken.add(ids[-1])
    return ids


def file_names(names: Iterable[str]) -> list[str]:
    """The name of a file for each of these, which may repeat themselves or hold anything."""
    taken: set[str] = set()
    stems = []
    for name in names:
        stems.append(_free(slug(name) or "item", taken, "-"))
        taken.add(stems[-1])
    return [f"{stem}.yaml" for stem in stems]


def slug(text: str) -> str:
    """Lower-case letters, digits and single `-` out of a text."""
    return "-".join(_words(text))[:100].strip("-")


def rubric_id(text: str) -> str:
    """A rubric's id out of a title or a file name."""
    return slug(text).lstrip("-0123456789") or "imported"


def _criterion_id(text: str) -> str:
    words = _words(text[:1000])
    if not words or _unreadable(text[:1000]):
        return f"criterion_{hashlib.sha256(text.encode()).hexdigest()[:6]}"
    telling = [word for word in words if word not in _EMPTY] or words
    name = telling[0][:_MOST_CHARACTERS]
    for word in telling[1:_MOST_WORDS]:
        if len(name) + 1 + len(word) <= _MOST_CHARACTERS:
            name += f"_{word}"
    return name if name[0].isalpha() else f"c_{name}"


def _words(text: str) -> list[str]:
    """The words in ASCII; a letter that is none without its accent is left out."""
    return re.findall(r"[a-z0-9]+", _folded(text).replace("'", ""))


def _folded(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text.casefold().replace("\u2019", "'"))
    return "".join(c for c in spread if not unicodedata.combining(c))


def _unreadable(text: str) -> bool:
    """Whether most letters are of another script, so that the ASCII ones do not tell what it says."""
    letters = [c for c in _folded(text) if c.isalpha()]
    return sum(not c.isascii() for c in letters) * 2 > len(letters)


def _free(name: str, taken: set[str], joint: str) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}{joint}{number}" in taken:
        number += 1
    return f"{name}{joint}{number}"
