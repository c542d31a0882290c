"""The longest common subsequence, and what is measured by it."""

from collections.abc import Sequence


def common_length(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence.

    Bit-parallel (Hyyrö 2004): one step of long-integer arithmetic for each element of `first`, so
    |first| |second| / 64 machine words. The caller bounds the lengths.
    """
    places: dict[str, int] = {}
    for place, element in enumerate(second):
        places[element] = places.get(element, 0) | 1 << place
    whole = row = (1 << len(second)) - 1
    for element in first:
        matched = row & places.get(element, 0)
        row = (row + matched | row - matched) & whole
    return len(second) - row.bit_count()


def fuzzy_match(text: str, reference: str) -> float:
    """Share of the characters that stand in both in the same order, 2 LCS / (m + n): rapidfuzz's `ratio`."""
    return 2 * common_length(text, reference) / (len(text) + len(reference))


def rouge_l(text: Sequence[str], reference: Sequence[str]) -> float:
    """F1 of the longest common subsequence of words (Lin 2004)."""
    common = common_length(text, reference)
    return 2 * common / (len(text) + len(reference))
