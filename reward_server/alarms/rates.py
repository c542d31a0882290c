"""Shares of rollouts over several steps, and whether one has surely risen."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import fsum, sqrt
from typing import NamedTuple, Protocol

from judges.attack.interval import Rate, rate
from reward_server.alarms.alarm import Level, Sign, holding
from reward_server.alarms.seen import Seen, examples, last_of, since, told_steps
from reward_server.history.statistics import History, StepStatistics

Count = Callable[[StepStatistics], int]

ENOUGH = 64
"""Rollouts that a share is taken of, at least."""
SURELY = 4.0
"""Standard errors by which a share has to have risen. A run has hundreds of chances to be wrong."""
ALIKE = 3.0
"""Rollouts of a group resemble each other: so many of them tell as much as one alone, at least."""
HIGH = 0.5
"""A share of rollouts that is critical for whatever should not rise."""


def rollouts(step: StepStatistics) -> int:
    """How many rollouts a step has."""
    return step.rollouts


def pooled(steps: History, found: Count, of: Count = rollouts) -> Rate:
    """The share over all of these steps, with its interval."""
    return rate(sum(map(found, steps)), sum(map(of, steps)))


class Rise(NamedTuple):
    """A share now, and what it was."""

    before: float
    now: float
    error: float
    """Standard error of the difference."""
    window: Sequence[StepStatistics]

    @property
    def difference(self) -> float:
        return self.now - self.before

    @property
    def sure(self) -> bool:
        return self.difference >= SURELY * self.error


def rise(seen: Seen, found: Count, steps: int) -> Rise | None:
    """How a share of rollouts has changed; None before there is a baseline and something after it."""
    before, window = seen.beginning, last_of(seen.after, steps, rollouts, ENOUGH)
    if not window or not before:
        return None
    was, now = pooled(before, found), pooled(window, found)
    if was.share is None or now.share is None:
        return None
    return Rise(was.share, now.share, _error(before, window, seen.after, found), window)


class RisingOptions(Protocol):
    """What the options of every such alarm have."""

    @property
    def rise(self) -> float: ...
    @property
    def steps(self) -> int: ...


def rising(
    seen: Seen, found: Count, options: RisingOptions, what: str, kind: str, advice: str, most: float = 1.0
) -> list[Sign]:
    """The sign of a share that has risen, or is above `most`; `what` it is of, `kind` its examples."""
    change = rise(seen, found, options.steps)
    if change is None:
        return [holding()]
    above = (pooled(change.window, found).low or 0.0) > most
    if not above and change.difference < options.rise / 2:
        return []
    if not above and not (change.difference >= options.rise and change.sure):
        return [holding()]
    half_way = min(change.before + options.rise / 2, most)
    return [
        Sign(
            level=_level(change.now),
            seen=f"{change.now:.1%} of rollouts {what} over {told_steps(change.window)}; "
            f"{change.before:.1%} in the first {len(seen.beginning)}",
            numbers={"now": change.now, "before": change.before, "rise": options.rise},
            since=since(seen.after, lambda step: found(step) > half_way * step.rollouts),
            rollouts=examples(change.window, kind),
            advice=advice,
        )
    ]


def _level(share: float) -> Level:
    return "critical" if share >= HIGH else "warning"


def _error(before: History, window: History, lately: History, found: Count) -> float:
    """Of the difference of two shares: what chance gives rollouts, or what steps differ by if that is more.

    Steps are compared with the steps after them (von Neumann 1941), so that a rise itself counts once.
    """
    of = [sum(map(rollouts, steps)) for steps in (before, window)]
    total = sum(sum(map(found, steps)) for steps in (before, window))
    share = (total + 1) / (sum(of) + 2)
    chance = ALIKE * share * (1 - share) * sum(1 / count for count in of)
    rates = [found(step) / step.rollouts for step in (*before, *lately) if step.rollouts]
    squares = [(after - first) ** 2 for first, after in pairwise(rates)]
    between = fsum(squares) / (2 * len(squares)) * (1 / len(before) + 1 / len(window)) if squares else 0.0
    return sqrt(max(chance, between))
