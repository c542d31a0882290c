"""Limits on a load test that a user sets: `goodput>=40,p99<8s`."""

import math
import operator
import re
from collections.abc import Callable, Iterator, Sequence

import msgspec

from reward_server.load.figures import words
from reward_server.load.figures.named import NAMED, Unit
from reward_server.load.report import PhaseFigures, Report
from rubrics.agreement.shown import shown
from rubrics.problems import ConfigError, did_you_mean

KNEE = "knee"
"""The load at the knee, in its own unit."""
NAMES = (*NAMED, KNEE)
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_FACTORS: dict[str, dict[str, float]] = {
    "s": {"s": 1.0, "ms": 0.001, "": 1.0},
    "share": {"%": 0.01, "": 1.0},
    "/s": {"/s": 1.0, "": 1.0},
    KNEE: {"": 1.0},
}
_FORM = re.compile(
    r"\s*(?P<name>[\w-]*)\s*(?P<operator>[<>=!]*)\s*(?P<limit>[^a-z%/\s]*(?:e[+-]?\d+)?)(?P<unit>[a-z%/]*)\s*"
)
_LIKE = "write it like goodput>=40 or p99<8s"
_LONGEST = 1000


class Requirement(msgspec.Struct, frozen=True):
    """A figure, and what it must be."""

    text: str
    """As it was written."""
    name: str
    relation: str
    limit: float
    """In seconds, shares from 0 to 1, or a second."""


class Finding(msgspec.Struct, frozen=True):
    """A requirement, and whether it was kept."""

    requirement: Requirement
    value: float | None
    """None where it is not known, and then nothing is kept."""
    kept: bool
    reason: str
    """A sentence."""


def parse_requirements(text: str) -> list[Requirement]:
    """Requirements with commas between them. Raises ConfigError, which names the column."""
    if len(text) > _LONGEST:
        raise ConfigError(f"--require: longer than {_LONGEST} characters")
    starts = [0, *(place + 1 for place, letter in enumerate(text) if letter == ",")]
    return [_parsed(part, start) for part, start in zip(text.split(","), starts, strict=True)]


def _parsed(part: str, start: int) -> Requirement:
    match = _FORM.fullmatch(part)
    if match is None or not match["name"]:
        indent = len(part) - len(part.lstrip())
        raise _wrong(start + indent, f"`{shown(part.strip())}` is no requirement", _LIKE)
    name, relation = match["name"], match["operator"]
    if name not in NAMES:
        raise _wrong(start + match.start("name"), f"there is no figure `{name}`", did_you_mean(name, NAMES))
    if relation not in _OPERATORS:
        message = f"`{relation}` compares nothing" if relation else f"nothing says how `{name}` is compared"
        raise _wrong(start + match.start("operator"), message, f"use one of {', '.join(_OPERATORS)}")
    limit = _limit(name, match["limit"], match["unit"], start + match.start("limit"))
    return Requirement(part.strip(), name, relation, limit)


def _limit(name: str, digits: str, unit: str, place: int) -> float:
    factors = _FACTORS[KNEE if name == KNEE else NAMED[name].unit]
    if unit not in factors:
        units = ", ".join(each for each in factors if each)
        raise _wrong(place, f"`{name}` is not measured in `{unit}`", f"it takes {units or 'no unit'}")
    try:
        value = float(digits) * factors[unit]
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _wrong(place, f"`{shown(digits)}` is no number", _LIKE)
    return value


def _wrong(place: int, message: str, hint: str | None) -> ConfigError:
    return ConfigError(f"--require: column {place + 1}: {message}", hint=hint)


def findings(requirements: Sequence[Requirement], report: Report) -> list[Finding]:
    """Each requirement against the load that counts.

    For `step` that is the greatest burst. For everything else it is the knee, or else the load with the
    greatest throughput: loads on the way to it are none that anybody would run.
    """
    return [_finding(requirement, report) for requirement in requirements]


def broken(found: Sequence[Finding]) -> Iterator[str]:
    """A line for each requirement that was not kept."""
    return (f"{each.requirement.text}: {each.reason}" for each in found if not each.kept)


def _finding(requirement: Requirement, report: Report) -> Finding:
    if requirement.name == KNEE:
        return _at_knee(requirement, report)
    phase = _burst(report) if requirement.name == "step" else deciding(report)
    if phase is None:
        return Finding(requirement, None, kept=False, reason=_no_phase(requirement.name, report))
    where = words.load(phase.shape, phase.load)
    if phase.client_limited:
        reason = f"unknown at {where}, because {'; '.join(phase.client.limited_by)}"
        return Finding(requirement, None, kept=False, reason=reason)
    return _compared(requirement, NAMED[requirement.name].get(phase), f"at {where}")


def _at_knee(requirement: Requirement, report: Report) -> Finding:
    if report.knee is None:
        return Finding(
            requirement, None, kept=False, reason=f"unknown: {report.no_knee or 'no knee was found.'}"
        )
    return _compared(requirement, report.knee.load, f"in {words.unit(report.knee.shape)}")


def _compared(requirement: Requirement, value: float | None, where: str) -> Finding:
    if value is None:
        hint = " (it needs --slo)" if requirement.name == "goodput" else ""
        return Finding(requirement, None, kept=False, reason=f"unknown {where}{hint}")
    kept = _OPERATORS[requirement.relation](value, requirement.limit)
    unit = None if requirement.name == KNEE else NAMED[requirement.name].unit
    return Finding(requirement, value, kept, f"{written(value, unit)} {where}")


def deciding(report: Report) -> PhaseFigures | None:
    """The load that requirements are about."""
    if report.knee is not None:
        return report.phases[report.knee.phase]
    usable = [phase for phase in report.phases if not phase.client_limited]
    return max(usable or report.phases, key=lambda phase: phase.rollouts_s or 0.0, default=None)


def _burst(report: Report) -> PhaseFigures | None:
    bursts = [phase for phase in report.phases if phase.shape == "burst"]
    return max(bursts, key=lambda phase: phase.load, default=None)


def _no_phase(name: str, report: Report) -> str:
    return (
        "unknown: there was no burst" if name == "step" and report.phases else "unknown: nothing was measured"
    )


def written(value: float, unit: Unit | None) -> str:
    """A figure with its unit."""
    if unit == "share":
        return words.share(value)
    if unit == "s":
        return words.seconds(value)
    return words.number(value) + (unit or "")
