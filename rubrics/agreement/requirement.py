"""Limits on agreement that a user sets: `kappa=0.6`."""

import math
from collections.abc import Iterator, Sequence

import msgspec

from rubrics.agreement.measures import LOSSES, SCALE, STATEMENT, Agreement, Measure
from rubrics.agreement.shown import shown
from rubrics.problems import ConfigError, did_you_mean

METRICS = tuple(dict.fromkeys((*STATEMENT, *SCALE)))


class Requirement(msgspec.Struct, frozen=True):
    """`metric` must surely be at least `limit`, or at most where less is better."""

    metric: str
    limit: float
    criterion: str | None = None
    """Which; None for each criterion that no other requirement on this metric names."""


class Finding(msgspec.Struct, frozen=True):
    """A requirement on one criterion, and whether it was kept."""

    criterion: str
    metric: str
    limit: float
    bound: float | None
    """The end of the interval that was compared; None without an interval, and then nothing is kept."""
    kept: bool


def parse_requirement(text: str) -> Requirement:
    """A requirement out of `metric=limit` or `criterion.metric=limit`. Raises ConfigError."""
    name, _, limit = text.partition("=")
    criterion, dot, metric = name.rpartition(".")
    if metric not in METRICS:
        hint = did_you_mean(metric, METRICS)
        raise ConfigError(f"--require {shown(text)}: there is no metric `{shown(metric)}`", hint=hint)
    value = _number(limit)
    if value is None or (dot and not criterion):
        raise ConfigError(f"--require {shown(text)}: not a requirement", hint="write it like kappa=0.6")
    return Requirement(metric, value, criterion or None)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def findings(
    requirements: Sequence[Requirement], criteria: Sequence[Agreement], overall: Agreement | None
) -> list[Finding]:
    """Each requirement against each criterion it is about. Raises ConfigError where there is none."""
    return [
        _finding(requirement, agreement)
        for requirement in requirements
        for agreement in _meant(requirement, requirements, criteria, overall)
    ]


def _meant(
    requirement: Requirement,
    requirements: Sequence[Requirement],
    criteria: Sequence[Agreement],
    overall: Agreement | None,
) -> list[Agreement]:
    measured = [each for each in (*criteria, overall) if each and requirement.metric in each.measures]
    named = {each.criterion for each in requirements if each.metric == requirement.metric}
    if requirement.criterion is None:
        found = [each for each in measured if each is not overall]
        meant = [each for each in found if each.criterion not in named]
    else:
        meant = found = [each for each in measured if each.criterion == requirement.criterion][:1]
    if not found:
        raise _about_nothing(requirement, measured)
    return meant


def _about_nothing(requirement: Requirement, measured: Sequence[Agreement]) -> ConfigError:
    if requirement.criterion is None:
        message = f"--require {requirement.metric}: no labelled criterion has it"
        return ConfigError(message, hint=f"statements have {', '.join(STATEMENT)}; scales {', '.join(SCALE)}")
    message = f"--require: no labelled criterion `{shown(requirement.criterion)}` has a {requirement.metric}"
    return ConfigError(message, hint=did_you_mean(requirement.criterion, [e.criterion for e in measured]))


def _finding(requirement: Requirement, agreement: Agreement) -> Finding:
    bound = _bound(requirement.metric, agreement.measures[requirement.metric])
    kept = bound is not None and _keeps(requirement, bound)
    return Finding(agreement.criterion, requirement.metric, requirement.limit, bound, kept)


def _bound(metric: str, measure: Measure) -> float | None:
    if measure.interval is None:
        return None
    return measure.interval.high if metric in LOSSES else measure.interval.low


def _keeps(requirement: Requirement, bound: float) -> bool:
    if requirement.metric in LOSSES:
        return bound <= requirement.limit
    return bound >= requirement.limit


def broken(found: Sequence[Finding]) -> Iterator[str]:
    """A line for each requirement that was not kept."""
    for each in found:
        if not each.kept:
            relation = "at most" if each.metric in LOSSES else "at least"
            bound = "it has no interval" if each.bound is None else f"its interval ends at {each.bound:.3f}"
            yield f"{shown(each.criterion)}: {each.metric} is not surely {relation} {each.limit:g}: {bound}"
