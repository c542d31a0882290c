"""Statistics of probabilities against what turned out to be true."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

BINS = 10
"""Bins of equal width for the calibration error: [0, 0.1), [0.1, 0.2), ... [0.9, 1]."""

_ROUNDING = 1e-12
"""A precision that is 0.9 but for rounding is 0.9."""


class Prediction(NamedTuple):
    """The judge's probability that a statement holds, whether a person says so, and what that counts."""

    probability: float
    holds: bool
    weight: float = 1.0


Weighted = tuple[float, bool, float]
"""A Prediction, or a plain tuple like one: intervals make millions of them."""


class Cut(NamedTuple):
    """What calling everything from `threshold` up a yes amounts to, in weights."""

    threshold: float
    right: float
    """Called a yes, and is one."""
    called: float
    """Called a yes."""


def ranked(predictions: Iterable[Weighted]) -> list[Weighted]:
    """From the most to the least probable, as `cuts` and what is built on it wants them."""
    return sorted(predictions, key=lambda each: -each[0])


def cuts(descending: Sequence[Weighted]) -> Iterator[Cut]:
    """One cut below each distinct probability, the highest first. Weights of 0 count as absent."""
    right = called = 0.0
    threshold: float | None = None
    for probability, holds, weight in descending:
        if not weight:
            continue
        if threshold is not None and probability != threshold:
            yield Cut(threshold, right, called)
        threshold = probability
        called += weight
        right += weight if holds else 0.0
    if threshold is not None:
        yield Cut(threshold, right, called)


def average_precision(descending: Sequence[Weighted]) -> float | None:
    """PR-AUC: precision at each distinct probability, weighted by the recall gained there.

    Without interpolation (Davis & Goadrich 2006 show that lines between the points promise too much).
    None where nothing holds.
    """
    positive = _positive(descending)
    if positive == 0:
        return None
    area = before = 0.0
    for cut in cuts(descending):
        area += (cut.right - before) / positive * (cut.right / cut.called)
        before = cut.right
    return area


def recall_at_precision(descending: Sequence[Weighted], precision: float = 0.9) -> float | None:
    """The greatest recall of a threshold whose precision is at least this.

    0 where no threshold is that precise, for then only calling nothing a yes keeps the limit. None where
    nothing holds.
    """
    positive = _positive(descending)
    if positive == 0:
        return None
    kept = (cut.right for cut in cuts(descending) if cut.right / cut.called >= precision - _ROUNDING)
    return max(kept, default=0.0) / positive


def brier(predictions: Iterable[Weighted]) -> float | None:
    """Mean squared distance of the probability from 1 where it holds and 0 where not; None of nothing."""
    loss = size = 0.0
    for probability, holds, weight in predictions:
        loss += weight * (probability - holds) ** 2
        size += weight
    return loss / size if size else None


def expected_calibration_error(predictions: Iterable[Weighted], bins: int = BINS) -> float | None:
    """Mean distance of confidence from truth: sum_b n_b/n |mean probability - share that holds|.

    Over bins of equal width of the probability that the statement holds (Naeini et al. 2015). None of
    nothing.
    """
    gaps = [0.0] * bins
    size = 0.0
    for probability, holds, weight in predictions:
        gaps[min(int(probability * bins), bins - 1)] += weight * (probability - holds)
        size += weight
    return sum(map(abs, gaps)) / size if size else None


def _positive(predictions: Iterable[Weighted]) -> float:
    return sum(weight for _, holds, weight in predictions if holds)
