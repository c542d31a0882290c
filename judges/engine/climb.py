"""The search for the concurrency that a judge is best used at, from throughput alone. Pure.

By Little's law, `calls` in flight that take `seconds` each are `calls / seconds` answered a second. With more
calls in flight a judge answers more a second while it has room; beyond, they only wait longer. The search
stays at one limit, tries another now and then, and moves there when that pays: a step up must add a seventh
of what it would with room to spare, a step down may cost no more than that.
"""

import math
from typing import NamedTuple

START = 32
"""Calls in flight to begin with, where nobody knows better."""
BELIEVED = 64
"""Who sets a ceiling knows the judge: up to this many calls, the search begins at it."""
WORTH = 0.15
"""The least elasticity of throughput: 1 is a judge with room to spare, 0 one that is full."""
WIDE, FINE = 2.0, 1.2
"""Steps: doubling while that pays, then finer, down to a fifth."""
PATIENCE = 16
"""Measurements between two tries, at most."""
SURE = 2
"""Tries that must agree before the limit is lowered. Too high it costs latency, too low throughput."""
CHANGED = 0.5
"""A judge that answers only this share of the calls it did is not the judge that it was."""
WAITING = 16.0
"""Calls that take this many times longer than unloaded are waiting, whatever a step up may promise."""


class Measured(NamedTuple):
    """What a judge did under one limit."""

    calls: float
    """In flight, on average."""
    seconds: float
    """That a call took."""

    @property
    def rate(self) -> float:
        """Calls answered a second."""
        return self.calls / self.seconds


class Climb:
    """Alternates between `home`, the best limit known, and one step above or below it."""

    def __init__(self, most: int, start: int = START) -> None:
        self.most = most
        """Limits tried, at most."""
        self.limit = self.home = max(1, min(start, most))
        self.known: Measured | None = None
        """What was measured at home, last."""
        self._begin(WIDE)

    def _begin(self, step: float, *, up: bool = True) -> None:
        self._step = step
        self._up = up
        self._wins = self._losses = self._agreed = self._held = self._patience = 0

    @property
    def doubling(self) -> bool:
        """Whether the limit is being tried out at twice what is known to be good."""
        return self.limit > self.home and self._step == WIDE

    def next(self, measured: Measured, baseline_s: float) -> None:
        """Go on from what was measured at `limit`."""
        if self.limit == self.home or self.known is None:
            if self.known and measured.rate < CHANGED * self.known.rate:
                self._begin(max(self._step, FINE**2), up=False)
            self.known = measured
            self._hold(baseline_s)
        elif self._pays(self.known, measured) != self._up:
            self._stay()
        elif self._up or self._certain():
            self._move(measured, baseline_s)

    def retreat(self, limit: int) -> None:
        """Settle for less at once: the judge has said that it is overloaded."""
        self.limit = self.home = limit
        self.known = None
        self._begin(FINE)

    def _pays(self, known: Measured, measured: Measured) -> bool:
        few, many = sorted((known, measured))
        return math.log(many.rate / few.rate) > WORTH * math.log(many.calls / few.calls)

    def _hold(self, baseline_s: float) -> None:
        self._held += 1
        if self._held > self._patience:
            self._try(baseline_s)

    def _try(self, baseline_s: float) -> None:
        assert self.known is not None
        step = round(self.home * self._step) if self._up else int(self.home / self._step)
        wanted = min(max(step, self.home + 1), self.most) if self._up else max(step, 1)
        if wanted == self.home or (self._up and self.known.seconds * self._step > WAITING * baseline_s):
            self._turn()
        else:
            self.limit = wanted

    def _certain(self) -> bool:
        self._agreed += 1
        if self._agreed >= SURE or self._wins:
            return True
        self.limit = self.home
        return False

    def _move(self, measured: Measured, baseline_s: float) -> None:
        self.home, self.known = self.limit, measured
        self._held, self._patience, self._agreed = 1, 0, 0
        self._losses = 1  # the way back is known not to pay
        self._wins += 1
        if self._wins > 1:
            self._step = min(WIDE, self._step**2)
        self._try(baseline_s)

    def _stay(self) -> None:
        self._losses += 1
        self._wins = 0
        self._turn()
        if self._losses >= 2:  # neither way pays
            self._losses = 0
            self._refine()

    def _turn(self) -> None:
        self.limit = self.home
        self._up = not self._up
        self._held = self._agreed = 0

    def _refine(self) -> None:
        if self._step > FINE:
            self._step = max(FINE, self._step**0.5)
        else:
            self._patience = min(PATIENCE, 2 * self._patience + 1)
