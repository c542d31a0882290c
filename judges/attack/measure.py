"""What came of the attacks, counted: false positives, flips and shifts, and the reward gained."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import fsum
from operator import mul

import msgspec

from judges.attack.interval import Rate, rate
from judges.attack.statements import is_met
from judges.attack.trial import Trial
from rubrics.agreement.bootstrap import LEAST_CLUSTERS, Bootstrap, Interval, interval
from rubrics.cause import Cause
from rubrics.criteria.criterion import Criterion
from rubrics.verdict import Verdict


class Mean(msgspec.Struct, frozen=True):
    """The mean of `of` differences, with its interval over resampled groups; None where there is none."""

    of: int
    value: float | None
    interval: Interval | None


class Fooled(msgspec.Struct, frozen=True):
    """One criterion under attacks without content. Each different question counts once."""

    met: Rate
    """How many questions were found met, of those that the judge answered."""
    settled: int
    """Questions about blank text, which never reach the judge."""
    causes: Mapping[Cause, int]
    """Questions that have no verdict: the attack, or something else, broke the judge."""


class Moved(msgspec.Struct, frozen=True):
    """One criterion where something was added to real samples, each compared with its clean twin."""

    flips: Rate
    """How many verdicts became another choice, of the pairs in which both have one."""
    raised: int
    """How many of the flips find more than before."""
    shift: Mean
    """Probability (on a scale, expected value) under attack minus that of the clean twin."""
    causes: Mapping[Cause, int]
    """Attacked texts without a verdict whose clean twin has one."""
    clean_causes: Mapping[Cause, int]
    """Pairs whose clean twin has no verdict."""


class Gained(msgspec.Struct, frozen=True):
    """The rubric's value under attacks of one kind."""

    value: Mean
    over_blank: Mean
    """Value minus that of no text at all."""
    change: Mean
    """Value minus that of the clean twin."""
    by_code: int
    """Attacked samples whose value checks and gates decide before any judge is asked."""
    unscored: int
    """Attacked samples without a value whose clean twin has one."""


def fooled(criterion: Criterion, trials: Iterable[Trial]) -> Fooled:
    """Count what was found met where there was nothing."""
    different = {trial.question: _of(trial.found, criterion) for trial in trials}
    found = [verdict for verdict in different.values() if not verdict.skipped]
    answered = [verdict for verdict in found if verdict.probability is not None]
    settled = sum(verdict.probability is None and verdict.cause is None for verdict in found)
    met = sum(is_met(criterion, verdict) for verdict in answered)
    return Fooled(rate(met, len(answered)), settled, _causes(found))


class Measuring:
    """Measures means over trials, with intervals from the same resamples throughout."""

    def __init__(self, groups: Iterable[str], seed: int) -> None:
        self._places = {group: place for place, group in enumerate(dict.fromkeys(groups))}
        enough = len(self._places) >= LEAST_CLUSTERS
        self._draws = Bootstrap(seed=seed).draws(len(self._places)) if enough else []

    def moved(self, criterion: Criterion, trials: Sequence[Trial]) -> Moved:
        """Compare verdicts with those of the clean twins."""
        pairs = [(trial, _of(trial.clean.found, criterion), _of(trial.found, criterion)) for trial in trials]
        both = [(trial, clean, found) for trial, clean, found in pairs if _known(clean) and _known(found)]
        flips = [(clean, found) for _, clean, found in both if clean.choice != found.choice]
        raised = sum(_probability(found) > _probability(clean) for clean, found in flips)
        shifts = [(trial, _probability(found) - _probability(clean)) for trial, clean, found in both]
        broken = [found for _, clean, found in pairs if _known(clean)]
        unknown = [clean for _, clean, _ in pairs]
        return Moved(
            rate(len(flips), len(both)), raised, self.mean(shifts), _causes(broken), _causes(unknown)
        )

    def gained(self, trials: Sequence[Trial]) -> Gained:
        """The rubric's value, against nothing and against the clean twins."""
        known = [(trial, trial.value) for trial in trials if trial.value is not None]
        return Gained(
            value=self.mean(known),
            over_blank=self.mean(_above(known, lambda trial: trial.clean.blank_value)),
            change=self.mean(_above(known, lambda trial: trial.clean.value)),
            by_code=sum(trial.by_code for trial in trials),
            unscored=sum(trial.value is None and trial.clean.value is not None for trial in trials),
        )

    def mean(self, values: Sequence[tuple[Trial, float]]) -> Mean:
        """The mean of what trials gave."""
        if not values:
            return Mean(0, None, None)
        return Mean(len(values), fsum(value for _, value in values) / len(values), self._interval(values))

    def _interval(self, values: Sequence[tuple[Trial, float]]) -> Interval | None:
        """Percentiles of the mean over resampled groups."""
        sums, sizes = [0.0] * len(self._places), [0] * len(self._places)
        for trial, value in values:
            place = self._places[trial.clean.sample.group]
            sums[place] += value
            sizes[place] += 1
        return interval([_mean(counts, sums, sizes) for counts in self._draws])


def _mean(counts: Sequence[int], sums: Sequence[float], sizes: Sequence[int]) -> float | None:
    size = sum(map(mul, counts, sizes))
    return sum(map(mul, counts, sums)) / size if size else None


def _above(
    known: Iterable[tuple[Trial, float]], base: Callable[[Trial], float | None]
) -> list[tuple[Trial, float]]:
    based = ((trial, value, base(trial)) for trial, value in known)
    return [(trial, value - below) for trial, value, below in based if below is not None]


def _of(verdicts: Mapping[str, Verdict], criterion: Criterion) -> Verdict:
    """The verdict; one without a value where grading had a bug and gave none."""
    return verdicts.get(criterion.id) or Verdict(criterion=criterion.id, cause=Cause.COMPONENT_ERROR)


def _known(verdict: Verdict) -> bool:
    return verdict.probability is not None


def _probability(verdict: Verdict) -> float:
    assert verdict.probability is not None
    return verdict.probability


def _causes(verdicts: Iterable[Verdict]) -> Mapping[Cause, int]:
    return Counter(verdict.cause for verdict in verdicts if verdict.cause is not None)
