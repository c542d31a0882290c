"""Two load tests side by side."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from reward_server.load.comparison import TESTS, difference
from reward_server.load.figures import words
from reward_server.load.figures.named import NAMED, Unit
from reward_server.load.record import Shape
from reward_server.load.report import Interval, PhaseFigures, Report
from rubrics.agreement.shown import shown


class ComparedFigure(msgspec.Struct, frozen=True):
    """One figure of one load."""

    name: str
    unit: Unit
    a: float | None
    b: float | None
    ratio: float | None
    """b / a; null where one is not known, or a is 0."""
    change: Literal["better", "worse", "none", "untested"]
    """`none`: no significant difference. `untested`: too few repeats or seconds."""
    interval: Interval | None
    """95 % interval of b - a, by the test that the load names; null where untested."""


class ComparedLoad(msgspec.Struct, frozen=True):
    """A load that both tests have."""

    shape: Shape
    load: float
    refused: str | None
    """Why it is not compared; then there are no figures."""
    test: str | None
    """How significance was decided; null where it was not."""
    figures: Sequence[ComparedFigure]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """b against a."""

    schema: Literal["loadtest-comparison/v1"] = "loadtest-comparison/v1"
    differences: Sequence[str]
    """In what was tested and how: what else could explain a change."""
    loads: Sequence[ComparedLoad]
    only_a: Sequence[str]
    """Loads that only a has."""
    only_b: Sequence[str]
    knees: tuple[float | None, float | None]
    """Rollouts a second that are sustained at the knee, of a and of b."""


def compare(a: Report, b: Report) -> Comparison:
    """Load by load, where both have it."""
    ours, theirs = _by_load(a), _by_load(b)
    return Comparison(
        differences=[*_differences(a, b)],
        loads=[_compared(phase, theirs[key]) for key, phase in ours.items() if key in theirs],
        only_a=[words.load(*key) for key in ours if key not in theirs],
        only_b=[words.load(*key) for key in theirs if key not in ours],
        knees=(a.knee.rollouts_s if a.knee else None, b.knee.rollouts_s if b.knee else None),
    )


def _by_load(report: Report) -> dict[tuple[Shape, float], PhaseFigures]:
    return {(phase.shape, phase.load): phase for phase in report.phases}


def _differences(a: Report, b: Report) -> Iterator[str]:
    for name in type(a.target).__struct_fields__:
        before, after = getattr(a.target, name), getattr(b.target, name)
        if before != after:
            yield f"{name.replace('_', ' ')}: {shown(before)} and {shown(after)}"
    if a.slo_s != b.slo_s:
        yield f"limit on latency: {_limit(a.slo_s)} and {_limit(b.slo_s)}"
    for which, report in (("first", a), ("second", b)):
        if report.interrupted:
            yield f"the {which} test was stopped before its end"


def _limit(slo_s: float | None) -> str:
    return "none" if slo_s is None else words.seconds(slo_s)


def _compared(a: PhaseFigures, b: PhaseFigures) -> ComparedLoad:
    limited = [which for which, phase in (("first", a), ("second", b)) if phase.client_limited]
    if limited:
        refused = f"the client limited it in the {words.listed(limited)} test"
        return ComparedLoad(a.shape, a.load, refused, None, [])
    figures = [figure for name in NAMED if (figure := _figure(name, a, b)) is not None]
    tested = any(figure.interval is not None for figure in figures)
    return ComparedLoad(a.shape, a.load, None, TESTS[a.sampled] if a.sampled and tested else None, figures)


def _figure(name: str, a: PhaseFigures, b: PhaseFigures) -> ComparedFigure | None:
    """None where neither has it."""
    figure = NAMED[name]
    before, after = figure.get(a), figure.get(b)
    if before is None and after is None:
        return None
    ratio = after / before if before and after is not None else None
    found = None
    if a.sampled is not None and a.sampled == b.sampled:
        found = difference(a.samples.get(name, ()), b.samples.get(name, ()), a.sampled)
    if found is None:
        return ComparedFigure(name, figure.unit, before, after, ratio, "untested", None)
    change: Literal["better", "worse", "none"] = "none"
    if found.significant:
        change = "better" if (found.interval.low > 0) == figure.more_is_better else "worse"
    return ComparedFigure(name, figure.unit, before, after, ratio, change, found.interval)
