"""Every statistic of one criterion with its interval."""

from collections.abc import Mapping, Sequence

import msgspec

from rubrics.agreement.alpha import alpha
from rubrics.agreement.bootstrap import LEAST_CLUSTERS, Bootstrap, Interval
from rubrics.agreement.clustered import Clustered
from rubrics.agreement.counts import mirrored
from rubrics.agreement.kappa import cohen_kappa
from rubrics.agreement.prediction import (
    average_precision,
    brier,
    expected_calibration_error,
    recall_at_precision,
)
from rubrics.agreement.rates import agreement, sensitivity, specificity
from rubrics.agreement.sample import Sample
from rubrics.agreement.temperature import Temperature, fit
from rubrics.agreement.threshold import Suggestion, suggest

STATEMENT = (
    "agreement",
    "kappa",
    "alpha",
    "sensitivity",
    "specificity",
    "pr_auc",
    "recall_at_p90",
    "brier",
    "ece",
    "human_kappa",
    "human_alpha",
)
"""What is measured of a statement."""
SCALE = (
    "agreement",
    "kappa",
    "kappa_linear",
    "kappa_quadratic",
    "alpha",
    "human_kappa",
    "human_kappa_quadratic",
    "human_alpha",
)
"""What is measured of a scale."""
LOSSES = frozenset({"brier", "ece"})
"""Less is better."""


class Measure(msgspec.Struct, frozen=True):
    """A statistic, None where it is undefined, and its interval."""

    value: float | None
    interval: Interval | None = None


class Agreement(msgspec.Struct, frozen=True):
    """How well the judge agrees with people on one criterion."""

    criterion: str
    levels: Sequence[str]
    labelled: int
    """Rollouts that people labelled."""
    compared: int
    """Those of them that the judge decided."""
    groups: int
    """Groups that hold the compared ones; intervals resample whole groups."""
    holds: float | None
    """The share of labels that say the statement holds, among the compared; None on a scale."""
    missing: Mapping[str, int]
    """Labelled rollouts without a verdict, by cause."""
    measures: Mapping[str, Measure]
    threshold: Suggestion | None
    """Where the judge's probabilities are better cut than at 0.5, if that is sure."""
    temperature: Temperature | None = None
    """What would make the probabilities fit the labels best; None on a scale."""


def measure(sample: Sample, bootstrap: Bootstrap, *, suggesting: bool = True) -> Agreement:
    """All statistics of a sample; with `suggesting` a better threshold, too."""
    clustered = Clustered(sample)
    return Agreement(
        criterion=sample.criterion,
        levels=sample.levels,
        labelled=len(sample.items),
        compared=len(sample.compared),
        groups=clustered.judged_groups,
        holds=_share_of_yes(clustered) if sample.is_statement else None,
        missing=sample.missing,
        measures=_measures(sample, clustered, bootstrap),
        threshold=suggest(clustered, bootstrap) if sample.is_statement and suggesting else None,
        temperature=fit(clustered, bootstrap) if sample.is_statement else None,
    )


def _measures(sample: Sample, clustered: Clustered, bootstrap: Bootstrap) -> dict[str, Measure]:
    statistics = _of_statement if sample.is_statement else _of_scale
    values = statistics(clustered, clustered.once)
    intervals = bootstrap.intervals(lambda drawn: statistics(clustered, drawn), len(clustered.groups))
    return {
        name: Measure(value, intervals.get(name) if value is not None and _enough(name, clustered) else None)
        for name, value in values.items()
    }


def _enough(name: str, clustered: Clustered) -> bool:
    """Whether enough groups say something about this statistic to resample them."""
    people_only = name.startswith("human_")
    groups = clustered.doubly_rated_groups if people_only else clustered.judged_groups
    return groups >= LEAST_CLUSTERS


def _share_of_yes(clustered: Clustered) -> float | None:
    no, yes = map(sum, clustered.judge_pairs(clustered.once))
    return yes / (no + yes) if no + yes else None


def _of_statement(clustered: Clustered, drawn: Sequence[int]) -> dict[str, float | None]:
    counts = clustered.judge_pairs(drawn)
    predictions = clustered.predictions(drawn)
    values = (
        agreement(counts),
        cohen_kappa(counts),
        alpha(mirrored(counts), "nominal"),
        sensitivity(counts),
        specificity(counts),
        average_precision(predictions),
        recall_at_precision(predictions),
        brier(predictions),
        expected_calibration_error(predictions),
        cohen_kappa(clustered.human_pairs(drawn)),
        alpha(clustered.human_coincidences(drawn), "nominal"),
    )
    return dict(zip(STATEMENT, values, strict=True))


def _of_scale(clustered: Clustered, drawn: Sequence[int]) -> dict[str, float | None]:
    counts, people = clustered.judge_pairs(drawn), clustered.human_pairs(drawn)
    values = (
        agreement(counts),
        cohen_kappa(counts),
        cohen_kappa(counts, "linear"),
        cohen_kappa(counts, "quadratic"),
        alpha(mirrored(counts), "ordinal"),
        cohen_kappa(people),
        cohen_kappa(people, "quadratic"),
        alpha(clustered.human_coincidences(drawn), "ordinal"),
    )
    return dict(zip(SCALE, values, strict=True))
