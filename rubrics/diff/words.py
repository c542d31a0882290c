"""Two texts word by word."""

import re
from difflib import SequenceMatcher
from typing import Literal

import msgspec

_TOKEN = re.compile(r" ?(?:\w+|[^\w ])")

Fate = Literal["kept", "removed", "added"]


class Run(msgspec.Struct, frozen=True):
    """Neighbouring words and signs that share a fate, with the space ahead of them."""

    fate: Fate
    text: str


def compare_words(before: str, after: str) -> list[Run]:
    """The words of both texts in reading order; what was removed stands ahead of what was added for it."""
    old, new = _tokens(before), _tokens(after)
    runs: list[Run] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            runs.append(Run("kept", "".join(old[a:b])))
            continue
        runs += [Run("removed", "".join(old[a:b]))] if a < b else []
        runs += [Run("added", "".join(new[c:d]))] if c < d else []
    return runs


def _tokens(text: str) -> list[str]:
    """Words and punctuation marks. The first has a space, too: it may stand elsewhere in the other text."""
    return _TOKEN.findall(" " + " ".join(text.split()))
