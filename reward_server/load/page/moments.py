"""The timeline in as many steps as a picture has room for."""

from collections.abc import Iterable, Sequence
from math import ceil
from statistics import median
from typing import TypeVar

import msgspec

from reward_server.load.report import Moment

Number = TypeVar("Number", int, float)

MOST = 240
"""Steps in a picture: two pixels each."""


class Span(msgspec.Struct, frozen=True):
    """Some moments as one."""

    start: float
    end: float
    warming: bool
    rollouts_s: float
    failures_s: float
    p50: float | None
    """The median of the moments'."""
    p99: float | None
    """The worst of the moments'."""
    in_flight: int | None
    running: int | None
    waiting: int | None
    """The most that was seen."""


def spans(timeline: Sequence[Moment], step_s: float, most: int = MOST) -> Sequence[Span]:
    """At most so many, all but the last of the same number of moments."""
    size = ceil(len(timeline) / most) or 1
    return [_span(timeline[start : start + size], step_s) for start in range(0, len(timeline), size)]


def _span(moments: Sequence[Moment], step_s: float) -> Span:
    seconds = len(moments) * step_s
    known = [each.p50 for each in moments if each.p50 is not None]
    return Span(
        moments[0].at,
        moments[-1].at + step_s,
        all(each.warming for each in moments),
        sum(each.rollouts for each in moments) / seconds,
        sum(each.failures for each in moments) / seconds,
        median(known) if known else None,
        _greatest(each.p99 for each in moments),
        _greatest(each.in_flight for each in moments),
        _greatest(each.running for each in moments),
        _greatest(each.waiting for each in moments),
    )


def _greatest(values: Iterable[Number | None]) -> Number | None:
    return max((each for each in values if each is not None), default=None)
