"""How many calls a replica bears at once, found out from its replies while it is used."""

import math
import time

from judges.clock import Clock
from judges.engine.climb import BELIEVED, START, Climb, Measured
from judges.engine.latencies import BLOCK, Latencies

MOST = 65536
"""Calls in flight that nobody needs."""
USED = 0.8
"""A limit of which less is in use teaches nothing."""
OUTLIER = 3.0
"""Stragglers count as this many medians."""
SHORTEST_S = 1e-6
"""A judge that takes no time at all takes this long."""
CALM = 1.2
"""Doubling goes on at once while calls take no more than this many times as long."""
BACK_OFF = 0.7
"""Share of the limit that is left when the replica is overloaded."""
BELOW = 0.9
"""Share of the limit that the replica was overloaded at which is not exceeded for a while."""
CONGESTED = 2.0
"""Calls that take this many baselines are waiting for others."""
CAUTIOUS_S = 30.0
"""How long the limit stays below the one that the replica was overloaded at."""


class Limiter:
    """The concurrency of one replica: grows while that buys throughput, shrinks when that costs none.

    The caller keeps at most `limit` calls in flight and reports how each one ended. What was learnt survives
    idle time. `ceiling` bounds the limit.
    """

    def __init__(self, ceiling: int | None = None, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._latencies = Latencies(clock)
        self._ceiling = ceiling or MOST
        self._climb = Climb(self._ceiling, START if ceiling is None else BELIEVED)
        self._overloaded_at = -math.inf
        self.limit = self._climb.limit
        """Calls that may be in flight now; at least 1, at most the ceiling."""
        self._measure(skip=0)

    @property
    def baseline_s(self) -> float:
        """Seconds that a call takes when little else is going on; 0 before the 32nd reply."""
        return self._latencies.baseline_s

    @property
    def congested(self) -> bool:
        """Whether calls lately took over twice the baseline, or the replica said that it is overloaded."""
        waiting = self._latencies.median_s > CONGESTED * self._latencies.baseline_s
        return waiting or self._clock() - self._overloaded_at < self._round_trip_s()

    def quantile(self, q: float) -> float | None:
        """Seconds within which the share `q` of the recent replies came; None before the 32nd reply."""
        return self._latencies.quantile(q)

    def ended(self, seconds: float, in_flight: int) -> None:
        """Count a reply that took `seconds`, one of `in_flight` calls on the replica as it ended."""
        self._latencies.add(seconds)
        window = self._window
        if in_flight < self._busy:
            self._measure(skip=self.limit)
        elif window.skip > 0:
            window.skip -= 1
        else:
            window.replies += 1
            window.calls += in_flight
            window.seconds += min(seconds, self._outlier_s)
            if window.replies >= window.size:
                self._judge(window.measured())

    def overloaded(self) -> None:
        """Back off: a 429, a 503 or a timeout. Counts at most once in the time that a call takes."""
        now = self._clock()
        if now - self._overloaded_at >= self._round_trip_s():
            self._overloaded_at = now
            self._climb.most = max(1, int(self.limit * BELOW))
            self._climb.retreat(max(1, int(self.limit * BACK_OFF)))
            self._go()

    def _round_trip_s(self) -> float:
        return self._latencies.median_s or 1.0

    def _judge(self, measured: Measured) -> None:
        known = self._climb.known
        if self._window.hasty and known and measured.seconds > CALM * known.seconds:
            self._measure(skip=0)  # calls are getting slower: look again, closely
            return
        if self._climb.most < self._ceiling and self._clock() - self._overloaded_at > CAUTIOUS_S:
            self._climb.most = self._ceiling
        self._climb.next(measured, self._latencies.baseline_s)
        self._go()

    def _go(self) -> None:
        before, self.limit = self.limit, self._climb.limit
        if self._climb.doubling:
            self._measure(skip=self.limit - BLOCK, size=BLOCK)
        else:
            self._measure(skip=0 if self.limit == before else max(before, self.limit))

    def _measure(self, skip: int, size: int = 0) -> None:
        """Begin to measure after `skip` replies: until then they tell of the limit before."""
        self._busy = USED * self.limit
        self._outlier_s = OUTLIER * self._latencies.median_s or math.inf
        self._window = Window(skip, size or max(BLOCK, self.limit), hasty=size > 0)


class Window:
    """Replies under one limit, summed up."""

    __slots__ = ("calls", "hasty", "replies", "seconds", "size", "skip")

    def __init__(self, skip: int, size: int, *, hasty: bool) -> None:
        self.skip = skip
        self.size = size
        self.hasty = hasty
        """Whether it is too short to tell more than that nothing has changed."""
        self.replies = self.calls = 0
        self.seconds = 0.0

    def measured(self) -> Measured:
        """What it comes to."""
        return Measured(self.calls / self.replies, max(self.seconds / self.replies, SHORTEST_S))
