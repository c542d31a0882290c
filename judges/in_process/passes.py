"""Which prompts go through the model together. Pure: no model, no tensor.

A pass is a rectangle: prompts computed at once, all padded to the longest. Within it, what the questions
about one rollout have in common is computed once.
"""

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

import msgspec

Key = TypeVar("Key", bound=Hashable)


class Row(msgspec.Struct, Generic[Key], frozen=True):
    """A prompt's tokens; rows of one `key` begin alike."""

    key: Key
    tokens: list[int]


class Family(msgspec.Struct, frozen=True):
    """Rows that begin alike, by their place in the pass."""

    prefix: list[int]
    members: list[int]


def plan(rows: Sequence[Row[Key]], max_tokens: int) -> list[list[int]]:
    """Passes over `rows`, by place, each of at most `max_tokens` once padded; a longer row goes alone.

    Rows of one key stay neighbours, and rows of like length go together, so that little is padding.
    """
    longest: dict[Key, int] = {}
    for row in rows:
        longest[row.key] = max(longest.get(row.key, 0), len(row.tokens))
    turn = {key: (-length, place) for place, (key, length) in enumerate(longest.items())}
    passes: list[list[int]] = []
    width = 0
    for place in sorted(range(len(rows)), key=lambda place: turn[rows[place].key]):
        grown = max(width, len(rows[place].tokens))
        if passes and (len(passes[-1]) + 1) * grown <= max_tokens:
            passes[-1].append(place)
            width = grown
        else:
            passes.append([place])
            width = len(rows[place].tokens)
    return passes


def families(rows: Sequence[Row[Key]]) -> list[Family]:
    """The rows of a pass by key, each with the tokens that all of them begin with.

    Each row keeps at least one token of its own, for something must be left to compute its answer from.
    """
    places: dict[Key, list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(row.key, []).append(place)
    return [_family([rows[place].tokens for place in members], members) for members in places.values()]


def _family(tokens: list[list[int]], members: list[int]) -> Family:
    first, last = min(tokens), max(tokens)
    pairs = enumerate(zip(first, last, strict=False))
    common = next((place for place, pair in pairs if pair[0] != pair[1]), len(first))
    return Family(first[: min(common, *(len(each) - 1 for each in tokens))], members)
