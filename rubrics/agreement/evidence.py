"""What lies behind the statistics of one criterion, to look at: bins, curves, counts, the worst misses."""

from collections.abc import Iterator, Sequence
from math import fsum

import msgspec

from rubrics.agreement.clustered import Clustered
from rubrics.agreement.prediction import BINS, Weighted, cuts
from rubrics.agreement.sample import Item, Sample

MOST_MISSES = 10


class Bin(msgspec.Struct, frozen=True):
    """The probabilities in [low, high), of which the last bin holds 1, too."""

    low: float
    high: float
    rollouts: float
    """By weight: a rollout of several labels counts once."""
    probability: float | None
    """Mean; None of an empty bin."""
    holds: float | None
    """Share of labels that say it holds."""


class Point(msgspec.Struct, frozen=True):
    """What calling everything from `threshold` up a yes amounts to."""

    threshold: float
    precision: float
    recall: float


class Miss(msgspec.Struct, frozen=True):
    """A rollout that the judge sees otherwise than people."""

    rollout: str
    group: str
    labels: Sequence[str]
    choice: str
    probability: float | None
    distance: float
    """On a statement of the probability from the share of labels that say it holds; on a scale in levels."""


class Evidence(msgspec.Struct, frozen=True):
    """Of one criterion, or of all statements together."""

    levels: Sequence[str]
    counts: Sequence[Sequence[float]]
    """Rows are people's labels, columns the judge's choices."""
    bins: Sequence[Bin]
    """Empty without probabilities."""
    curve: Sequence[Point]
    """Precision and recall from the highest threshold down; empty where nothing holds."""
    misses: Sequence[Miss]
    """The greatest distances, at most MOST_MISSES, of those of a half and more."""


def evidence(sample: Sample) -> Evidence:
    """Collect it from a sample."""
    clustered = Clustered(sample)
    predictions = clustered.predictions(clustered.once)
    return Evidence(
        levels=sample.levels,
        counts=clustered.judge_pairs(clustered.once),
        bins=_bins(predictions) if predictions else (),
        curve=_curve(predictions),
        misses=_misses(sample),
    )


def _bins(predictions: Sequence[Weighted]) -> list[Bin]:
    inside: list[list[Weighted]] = [[] for _ in range(BINS)]
    for each in predictions:
        inside[min(int(each[0] * BINS), BINS - 1)].append(each)
    return [_bin(number, found) for number, found in enumerate(inside)]


def _bin(number: int, found: Sequence[Weighted]) -> Bin:
    size = fsum(weight for _, _, weight in found)
    probability = fsum(p * weight for p, _, weight in found) / size if found else None
    holds = fsum(weight for _, yes, weight in found if yes) / size if found else None
    return Bin(number / BINS, (number + 1) / BINS, size, probability, holds)


def _curve(predictions: Sequence[Weighted]) -> list[Point]:
    positive = sum(weight for _, holds, weight in predictions if holds)
    if not positive:
        return []
    return [Point(cut.threshold, cut.right / cut.called, cut.right / positive) for cut in cuts(predictions)]


def _misses(sample: Sample) -> list[Miss]:
    found = sorted(_distant(sample), key=lambda miss: (-miss.distance, miss.rollout))
    return found[:MOST_MISSES]


def _distant(sample: Sample) -> Iterator[Miss]:
    for item in sample.compared:
        distance = _distance(item)
        if distance >= 0.5:
            assert item.choice is not None
            labels = [sample.levels[label] for label in item.labels]
            choice = sample.levels[item.choice]
            yield Miss(item.rollout, item.group, labels, choice, item.probability, distance)


def _distance(item: Item) -> float:
    found = item.probability if item.probability is not None else item.choice
    assert found is not None
    return abs(found - sum(item.labels) / len(item.labels))
