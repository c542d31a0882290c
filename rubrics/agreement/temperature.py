"""By how much a judge's probabilities are too sharp or too flat: temperature scaling (Guo et al. 2017).

p becomes sigmoid(logit(p) / T), with the T of least log loss against people's labels. With m the logit
where the statement holds and minus the logit where not, and b = 1 / T, that loss is the mean of
log(1 + exp(-b m)), which is convex in b.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import exp, fsum, log, log1p
from typing import Literal

import msgspec

from rubrics.agreement.bootstrap import LEAST_CLUSTERS, Bootstrap, Interval
from rubrics.agreement.clustered import Clustered
from rubrics.agreement.prediction import Weighted, expected_calibration_error
from rubrics.agreement.sample import Item

SHARPEST, FLATTEST = 0.05, 20.0
"""The temperatures searched."""
CLIP = 1e-6
"""Probabilities count as at least this and at most 1 minus this: the logits of 0 and 1 are infinite."""

Margin = tuple[float, float]
"""The logit of what people say, and its weight: above 0 where the judge says so, too."""
End = Literal["sharpest", "flattest"]

_MOST_STEPS = 60
_EXACT = 1e-6
"""A step so small, relatively, is the last: the error after it is about its square."""


class Temperature(msgspec.Struct, frozen=True):
    """The best temperature, and what it gains on the labels it was fitted to."""

    temperature: float
    """Above 1 the judge is too sure of itself, below 1 not sure enough."""
    interval: Interval | None
    log_loss: float
    """Mean, in nats, of the probabilities as they are."""
    scaled_log_loss: float
    ece: float
    scaled_ece: float
    at_end: End | None
    """Where loss still falls at an end of the range searched: `sharpest` where 0.5 separates all, `flattest`
    where the probabilities tell nothing, or the opposite."""


def fit(clustered: Clustered, bootstrap: Bootstrap) -> Temperature | None:
    """The temperature of least log loss.

    None without probabilities, where all labels are equal, and where all probabilities are 0.5.
    """
    groups = [_Margins(group) for group in clustered.groups]
    best = _sharpness(groups, clustered.once)
    return None if best is None else _found(clustered, groups, best, bootstrap)


def _found(
    clustered: Clustered, groups: "Sequence[_Margins]", best: float, bootstrap: Bootstrap
) -> Temperature:
    margins = [margin for group in groups for margin in group.margins]
    predictions = clustered.predictions(clustered.once)
    before, after = (
        expected_calibration_error(predictions),
        expected_calibration_error(scaled(predictions, best)),
    )
    assert before is not None
    assert after is not None
    return Temperature(
        temperature=1 / best,
        interval=_interval(clustered, groups, best, bootstrap),
        log_loss=log_loss(margins, 1.0),
        scaled_log_loss=log_loss(margins, best),
        ece=before,
        scaled_ece=after,
        at_end="sharpest" if best >= 1 / SHARPEST else "flattest" if best <= 1 / FLATTEST else None,
    )


def _interval(
    clustered: Clustered, groups: "Sequence[_Margins]", best: float, bootstrap: Bootstrap
) -> Interval | None:
    if clustered.judged_groups < LEAST_CLUSTERS:
        return None

    def temperature(drawn: Sequence[int]) -> dict[str, float | None]:
        sharpness = _sharpness(groups, drawn, best)
        return {"temperature": None if sharpness is None else 1 / sharpness}

    return bootstrap.intervals(temperature, len(groups)).get("temperature")


class _Margins:
    """One group's margins, and the weight of its labels that say no and yes."""

    def __init__(self, group: Sequence[Item]) -> None:
        self.labels = [0.0, 0.0]
        self.margins: list[Margin] = []
        for item in group:
            if item.probability is not None:
                self._add(logit(item.probability), item.labels)

    def _add(self, evidence: float, labels: Sequence[int]) -> None:
        for label in set(labels):
            weight = labels.count(label) / len(labels)
            self.labels[label] += weight
            self.margins.append((evidence if label == 1 else -evidence, weight))


def _sharpness(groups: Sequence[_Margins], drawn: Sequence[int], start: float = 1.0) -> float | None:
    """1 / T for the groups as often as they were drawn."""
    pairs = [(group, times) for group, times in zip(groups, drawn, strict=True) if times]
    if not all(any(group.labels[label] for group, _ in pairs) for label in (0, 1)):
        return None
    margins = [(margin, weight * times) for group, times in pairs for margin, weight in group.margins]
    return best_sharpness(margins, start) if any(margin for margin, _ in margins) else None


def best_sharpness(margins: Sequence[Margin], start: float = 1.0) -> float:
    """The b = 1 / T of least log loss in the range searched: Newton's steps, halving where they lead out.

    Resamples start at the sample's own best, from which a few steps are enough.
    """
    low, high, here = 1 / FLATTEST, 1 / SHARPEST, start
    tried: set[float] = set()
    for _ in range(_MOST_STEPS):
        slope, curvature = _slope(margins, here)
        tried.add(here)
        low, high = (here, high) if slope < 0 else (low, here)
        end = high if slope < 0 else low
        there = here - slope / curvature if curvature > 0 else end
        if not low < there < high:
            there = end if end not in tried else (low + high) / 2
        if abs(there - here) <= _EXACT * here:
            return there
        here = there
    return here


def _slope(margins: Iterable[Margin], sharpness: float) -> tuple[float, float]:
    """First and second derivative of the summed loss."""
    slope = curvature = 0.0
    for margin, weight in margins:
        wrong = 1 / (1 + exp(sharpness * margin))
        pull = weight * margin * wrong
        slope -= pull
        curvature += pull * margin * (1 - wrong)
    return slope, curvature


def log_loss(margins: Sequence[Margin], sharpness: float) -> float:
    """Mean of log(1 + exp(-b m)), without overflow."""
    loss = fsum(
        weight * (max(0.0, -sharpness * margin) + log1p(exp(-abs(sharpness * margin))))
        for margin, weight in margins
    )
    return loss / fsum(weight for _, weight in margins)


def scaled(predictions: Iterable[Weighted], sharpness: float) -> Iterator[Weighted]:
    """The predictions with the temperature 1 / sharpness."""
    for probability, holds, weight in predictions:
        yield 1 / (1 + exp(-sharpness * logit(probability))), holds, weight


def logit(probability: float) -> float:
    """log(p / (1 - p)) of the clipped probability."""
    clipped = min(max(probability, CLIP), 1 - CLIP)
    return log(clipped / (1 - clipped))
