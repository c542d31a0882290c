"""Measures that count runs of words: ROUGE-N, BLEU, GLEU. Linear in the texts."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import islice

MOST = 4
"""BLEU and GLEU count runs of one to four words."""

Words = Sequence[str]


def ngrams(words: Words, n: int) -> Counter[tuple[str, ...]]:
    """Every run of `n` words, with how often it occurs."""
    return Counter(zip(*(islice(words, start, None) for start in range(n)), strict=False))


def rouge_n(text: Words, reference: Words, n: int) -> float:
    """F1 of the runs of `n` words in both (Lin 2004)."""
    found, wanted = ngrams(text, n), ngrams(reference, n)
    return 2 * _common(found, wanted) / (found.total() + wanted.total())


def bleu(text: Words, reference: Words) -> float:
    """BLEU of one sentence (Papineni et al. 2002): brevity penalty times the mean precision, geometric.

    As `sacrebleu.sentence_bleu` has it: of the orders that the text is long enough for; one without a match
    counts half of a match, the next one without a quarter (Chen and Cherry 2014, method 3).
    """
    precisions = [
        (_common(f, ngrams(reference, n)), f.total()) for n in _orders(text) if (f := ngrams(text, n))
    ]
    if not any(matches for matches, _ in precisions):
        return 0.0
    brevity = min(0.0, 1 - len(reference) / len(text))
    return math.exp(brevity + math.fsum(map(math.log, _smoothed(precisions))) / len(precisions))


def gleu(text: Words, reference: Words) -> float:
    """Google's BLEU (Wu et al. 2016): the lesser of precision and recall, runs of one to four words."""
    matches = sum(_common(ngrams(text, n), ngrams(reference, n)) for n in _orders(text))
    return matches / max(_count(text), _count(reference))


def _smoothed(precisions: Sequence[tuple[int, int]]) -> list[float]:
    part, smoothed = 1.0, []
    for matches, total in precisions:
        if not matches:
            part /= 2
        smoothed.append((matches or part) / total)
    return smoothed


def _orders(words: Words) -> range:
    return range(1, min(MOST, len(words)) + 1)


def _count(words: Words) -> int:
    return sum(len(words) - n + 1 for n in _orders(words))


def _common(found: Counter[tuple[str, ...]], wanted: Counter[tuple[str, ...]]) -> int:
    return (found & wanted).total()
