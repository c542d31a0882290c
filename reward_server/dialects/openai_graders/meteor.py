"""METEOR (Banerjee and Lavie 2005) with exact matches only. Linear in the texts."""

from collections.abc import Sequence
from itertools import pairwise

RECALL_WEIGHT = 0.9
"""Alpha: recall counts nine times as much as precision."""
GREATEST_PENALTY = 0.5
"""Gamma."""
STEEPNESS = 3
"""Beta."""

Alignment = Sequence[tuple[int, int]]


def meteor(text: Sequence[str], reference: Sequence[str]) -> float:
    """Mean of precision and recall, less a penalty for matches that are torn apart.

    NLTK's arithmetic and alignment, without its stems and synonyms: those are English, and need WordNet.
    """
    pairs = align([word.casefold() for word in text], [word.casefold() for word in reference])
    if not pairs:
        return 0.0
    precision, recall = len(pairs) / len(text), len(pairs) / len(reference)
    mean = precision * recall / (RECALL_WEIGHT * precision + (1 - RECALL_WEIGHT) * recall)
    return mean * (1 - GREATEST_PENALTY * (_chunks(pairs) / len(pairs)) ** STEEPNESS)


def align(text: Sequence[str], reference: Sequence[str]) -> Alignment:
    """Pairs of places with the same word, each used once; from the end, the last one that is free."""
    free: dict[str, list[int]] = {}
    for place, word in enumerate(reference):
        free.setdefault(word, []).append(place)
    backwards = ((place, free.get(text[place])) for place in reversed(range(len(text))))
    return [(place, places.pop()) for place, places in backwards if places][::-1]


def _chunks(pairs: Alignment) -> int:
    """How many runs of matches there are that are runs in both texts."""
    return 1 + sum((here[0] + 1, here[1] + 1) != there for here, there in pairwise(pairs))
