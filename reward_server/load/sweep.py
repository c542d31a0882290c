"""Where the knee is, and which load to try next to find it. Pure: from the figures measured so far."""

import math
from collections.abc import Iterator, Sequence
from statistics import median

import msgspec

from reward_server.load.record import Phase, Record

GAIN = 1.05
"""A doubling of the load that brings less throughput than this has passed the knee."""
KNEE = 0.95
"""The knee is the least load that brings this share of the greatest throughput."""
BLOWN_UP = 30.0
"""So many times the latency at the least load is no load that anybody would run, where there is no SLO."""


class Point(msgspec.Struct, frozen=True):
    """What one load brought."""

    load: float
    rollouts_s: float
    p99_s: float | None = None
    """Of rollouts; None where none was done."""


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """Doubles the load until that brings nothing more, then halves the distance to the knee."""

    start: float = 1.0
    most: float = 4096.0
    whole: bool = True
    """Whether loads are whole numbers, as calls in flight are."""
    slo_s: float | None = None
    """Seconds within which rollouts are to be judged: a load whose p99 is longer does not count."""
    resolution: float = 1.2
    """Ratio of two loads that need no further one between them."""
    most_loads: int = 20

    def next(self, points: Sequence[Point]) -> float | None:
        """The next load to try; None where the knee lies between loads that were tried."""
        known = sorted(_merged(points), key=lambda point: point.load)
        if not known:
            return self.start
        if len(known) >= self.most_loads:
            return None
        if not self._passed(known):
            return min(self._round(known[-1].load * 2), self.most)
        return self._between(*self._around(known))

    def _passed(self, known: Sequence[Point]) -> bool:
        """Whether the greatest load that was tried is beyond the knee."""
        last = known[-1]
        if last.load >= self.most or not self._kept(last) or self._blown_up(known):
            return True
        below = [point for point in known if point.load * 2 <= last.load * 1.01]
        return bool(below) and last.rollouts_s <= below[-1].rollouts_s * GAIN

    def _blown_up(self, known: Sequence[Point]) -> bool:
        if self.slo_s is not None:
            return False
        first, last = known[0].p99_s, known[-1].p99_s
        return first is not None and last is not None and len(known) > 1 and last > first * BLOWN_UP

    def _kept(self, point: Point) -> bool:
        return self.slo_s is None or (point.p99_s is not None and point.p99_s <= self.slo_s)

    def _around(self, known: Sequence[Point]) -> tuple[float, float]:
        """The loads between which the knee lies, or the end of those that keep the SLO."""
        kept = [point for point in known if self._kept(point)]
        if not kept:
            return 0.0, known[0].load
        enough = KNEE * max(point.rollouts_s for point in kept)
        knee = next(point for point in kept if point.rollouts_s >= enough)
        broken = [point.load for point in known if not self._kept(point) and point.load > kept[-1].load]
        if broken and knee is kept[-1]:
            return knee.load, broken[0]
        below = [point.load for point in known if point.load < knee.load]
        return (below[-1] if below else knee.load), knee.load

    def _between(self, low: float, high: float) -> float | None:
        if low <= 0 or high <= low * self.resolution:
            return None
        middle = self._round(math.sqrt(low * high))
        return middle if low < middle < high else None

    def _round(self, load: float) -> float:
        return float(round(load)) if self.whole else float(f"{load:.3g}")


def _merged(points: Sequence[Point]) -> Iterator[Point]:
    """One point for each load: medians over its repeats."""
    loads: dict[float, list[Point]] = {}
    for point in points:
        loads.setdefault(point.load, []).append(point)
    for load, found in loads.items():
        p99s = [point.p99_s for point in found if point.p99_s is not None]
        yield Point(load, median(point.rollouts_s for point in found), median(p99s) if p99s else None)


def point_of(phase: Phase, records: Sequence[Record]) -> Point:
    """What a phase brought: rollouts that ended well in its measured part, and the p99 of those due in it."""
    first: dict[int, float] = {}
    last: dict[int, float] = {}
    sizes: dict[int, int] = {}
    failed: set[int] = set()
    for record in records:
        name = record.rollout
        first[name] = min(record.due, first.get(name, record.due))
        last[name] = max(record.done, last.get(name, record.done))
        sizes[name] = record.rollouts
        if record.cause is not None:
            failed.add(name)
    done = sum(sizes[n] for n, at in last.items() if phase.warm <= at < phase.end and n not in failed)
    waited = sorted(last[n] - due for n, due in first.items() if phase.warm <= due < phase.end)
    p99 = waited[min(len(waited) - 1, math.ceil(0.99 * len(waited)) - 1)] if waited else None
    return Point(phase.load, done / (phase.end - phase.warm), p99)
