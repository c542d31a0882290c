"""How long a text is, in words. Linear, and fast on the text that policies mostly write.

Words are what `str.split` finds, except in scripts that put no spaces between words (Han, Hiragana,
Katakana, Thai, Lao, Khmer, Myanmar). In a whitespace-separated piece that holds such characters, each run
of them is cut into words of two characters (the last may have one), and each run of others is a word if
it holds a letter or a digit, so the punctuation between two runs counts nothing.
"""

import re
from collections.abc import Iterator
from functools import cache

_UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f"  # Myanmar
    "\u1780-\u17ff\u19e0-\u19ff"  # Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\U00020000-\U0003ffff"  # Han, the rare
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f\U0001aff0-\U0001b16f"  # Kana
)
_SPACES = "\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"

_HAS_UNSPACED = f"[{_UNSPACED}]"
_IS_UNUSUAL = f"[{_UNSPACED}{_SPACES}]"
_RUN = rf"([{_UNSPACED}]+)|[^{_UNSPACED}\s]+"

_ASCII = bytes(range(128))
_INSIDE = bytes(not chr(code).isspace() for code in _ASCII) + b"\1" * 128
"""For each byte of UTF-8, 0 where it is ASCII whitespace and 1 where it is part of a word."""
_BLOCK = 1 << 16
"""Characters counted at a time, so that a huge text needs little memory and stays in the cache."""


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern, compiled at its first use: such large classes take 10 ms, and most text needs none."""
    return re.compile(pattern)


def words(text: str) -> list[str]:
    """The words of a text."""
    if not _compiled(_HAS_UNSPACED).search(text):
        return text.split()
    return [word for run, unspaced in _runs(text) for word in (_pairs(run) if unspaced else [run])]


def count_words(text: str) -> int:
    """`len(words(text))`, without making them where the text's shape is enough."""
    if text.isascii() or not _compiled(_IS_UNUSUAL).search(_without_ascii(text)):
        return _count_blocks(text)
    if not _compiled(_HAS_UNSPACED).search(text):
        return len(text.split())
    return sum((len(run) + 1) // 2 if unspaced else 1 for run, unspaced in _runs(text))


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """The runs that count, and whether they are of unspaced characters."""
    for found in _compiled(_RUN).finditer(text):
        run, unspaced = found[0], found.lastindex is not None
        if unspaced or any(map(str.isalnum, run)) or _alone(found):
            yield run, unspaced


def _alone(found: re.Match[str]) -> bool:
    """Whether a run is a whitespace-separated piece."""
    before, after = (
        found.string[max(found.start() - 1, 0) : found.start()],
        found.string[found.end() : found.end() + 1],
    )
    return (not before or before.isspace()) and (not after or after.isspace())


def _pairs(run: str) -> list[str]:
    return [run[start : start + 2] for start in range(0, len(run), 2)]


def _count_blocks(text: str) -> int:
    count = _count_in(text[:_BLOCK])
    for start in range(_BLOCK, len(text), _BLOCK):
        count += _count_in(text[start : start + _BLOCK])
        if not (text[start - 1].isspace() or text[start].isspace()):
            count -= 1  # one word, cut in two
    return count


def _without_ascii(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")


def _count_in(block: str) -> int:
    """Count the words of a text in a third of the time of `str.split`, whatever their lengths.

    Its bytes, mapped to 0 and 1, are read as one long number. Shifted by a byte and compared with itself,
    that has a bit wherever a word begins or ends.
    """
    inside = int.from_bytes(block.encode("utf-8", "surrogatepass").translate(_INSIDE), "little")
    return (inside ^ (inside << 8)).bit_count() // 2
