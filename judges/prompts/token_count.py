"""How many tokens a text has, piece by piece, where no engine has counted them."""

from collections.abc import Callable, Sequence

CountTokens = Callable[[Sequence[str]], list[int]]
"""The pieces of one text -> the tokens of each. A token that lies across two belongs to the later one."""

BYTES_PER_TOKEN = 4
"""English prose has four to five bytes a token; other scripts and code have fewer."""


def estimated(pieces: Sequence[str]) -> list[int]:
    """One token for every four bytes of UTF-8 in the whole text, counted where it ends."""
    counts, size, known = [], 0, 0
    for piece in pieces:
        size += len(piece.encode("utf-8", "surrogatepass"))
        whole = -(-size // BYTES_PER_TOKEN)
        counts.append(whole - known)
        known = whole
    return counts
