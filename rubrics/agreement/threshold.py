"""Whether a judge's probabilities are better cut elsewhere than at 0.5."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from rubrics.agreement.bootstrap import LEAST_CLUSTERS, Bootstrap, Interval, interval
from rubrics.agreement.clustered import Clustered
from rubrics.agreement.kappa import kappa_of_two
from rubrics.agreement.prediction import Weighted, cuts
from rubrics.criteria.criterion import HALF


class Suggestion(msgspec.Struct, frozen=True):
    """A threshold, and what it gains in kappa on groups that it was not chosen on."""

    threshold: float
    kappa: float
    """With it, on the same rollouts it was chosen on."""
    gain: Interval
    """Kappa with a threshold minus kappa at 0.5, chosen on each resample, measured on the groups left out."""


def suggest(clustered: Clustered, bootstrap: Bootstrap) -> Suggestion | None:
    """The threshold with the greatest kappa, where its gain lies above 0 for sure; None otherwise."""
    best = best_threshold(clustered.predictions(clustered.once))
    if best is None or best[0] == HALF or clustered.judged_groups < LEAST_CLUSTERS:
        return None
    gain = interval([_gain(clustered, drawn) for drawn in bootstrap.draws(len(clustered.groups))])
    return Suggestion(*best, gain) if gain is not None and gain.low > 0 else None


def best_threshold(descending: Sequence[Weighted]) -> tuple[float, float] | None:
    """The threshold of greatest kappa, and that; of equal ones the nearest to 0.5. None without any kappa."""
    found = [(kappa, threshold) for threshold, kappa in _kappas(descending) if kappa is not None]
    if not found:
        return None
    kappa, threshold = max(found, key=lambda each: (each[0], -abs(each[1] - HALF)))
    return threshold, kappa


def kappa_at(threshold: float, predictions: Sequence[Weighted]) -> float | None:
    """Kappa where everything from the threshold up is called a yes."""
    counts = [[0.0, 0.0], [0.0, 0.0]]
    for probability, holds, weight in predictions:
        counts[holds][probability >= threshold] += weight
    (no, wrong_yes), (missed, yes) = counts
    return kappa_of_two(no, wrong_yes, missed, yes)


def _kappas(descending: Sequence[Weighted]) -> Iterator[tuple[float, float | None]]:
    """Each place to cut with its kappa: half-way between neighbours, and 0.5 where that lies between them."""
    size = sum(weight for _, _, weight in descending)
    positive = sum(weight for _, holds, weight in descending if holds)
    found = list(cuts(descending))
    for cut, below in pairwise(found):
        middle = (cut.threshold + below.threshold) / 2
        threshold = HALF if below.threshold < HALF <= cut.threshold else middle
        wrong = cut.called - cut.right
        yield threshold, kappa_of_two(size - positive - wrong, wrong, positive - cut.right, cut.right)


def _gain(clustered: Clustered, drawn: Sequence[int]) -> float | None:
    best = best_threshold(clustered.predictions(drawn))
    if best is None:
        return None
    left_out = clustered.predictions([int(not times) for times in drawn])
    better, half = kappa_at(best[0], left_out), kappa_at(HALF, left_out)
    return None if better is None or half is None else better - half
