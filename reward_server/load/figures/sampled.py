"""Figures by repeat or by second, and the intervals that follow."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import mul

from reward_server.load.figures.intervals import over_repeats, over_seconds
from reward_server.load.figures.named import NAMED
from reward_server.load.figures.quantiles import LEAST_S, edge, latency
from reward_server.load.figures.second import Second
from reward_server.load.report import Interval, PhaseFigures

FINE = 100
"""Bins per decade of latencies to resample: percentiles are good to 1.2 %."""
PERCENTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}

Samples = dict[str, list[float | None]]
Intervals = dict[str, Interval]
Pick = Callable[[Second], float]


def by_repeat(repeats: Sequence[PhaseFigures]) -> tuple[Samples, Intervals]:
    """Each figure of each repeat, and Student's t intervals."""
    samples = {name: [figure.get(each) for each in repeats] for name, figure in NAMED.items()}
    known = {name: values for name, values in samples.items() if any(value is not None for value in values)}
    found = {name: over_repeats(values) for name, values in known.items()}
    return known, {name: interval for name, interval in found.items() if interval is not None}


def by_second(seconds: Sequence[Second], *, slo: bool, seed: int) -> tuple[Samples, Intervals]:
    """Each figure of each second, and bootstrap intervals."""
    if not seconds:
        return {}, {}
    rates = _rates(slo)
    samples: Samples = {name: [pick(second) for second in seconds] for name, pick in rates.items()}
    samples["failures"] = [each.failures / each.calls if each.calls else None for each in seconds]
    samples |= _latencies("", [second.latencies for second in seconds])
    samples |= _latencies("rollout_", [second.rollout_latencies for second in seconds])
    return samples, over_seconds(_Resampled(seconds, rates).statistics, len(seconds), seed)


def _rates(slo: bool) -> dict[str, Pick]:
    rates: dict[str, Pick] = {
        "rollouts_s": lambda second: second.rollouts / second.length,
        "verdicts_s": lambda second: second.verdicts / second.length,
        "calls_s": lambda second: second.calls / second.length,
    }
    return {**rates, "goodput": lambda second: second.good / second.length} if slo else rates


def _latencies(prefix: str, seconds: Sequence[Sequence[float]]) -> Samples:
    found = [latency(values) for values in seconds]
    return {
        f"{prefix}{which}": [None if each is None else getattr(each, which) for each in found]
        for which in ("mean", *PERCENTILES)
    }


class _Resampled:
    """Figures of seconds some of which count several times, and others not at all."""

    def __init__(self, seconds: Sequence[Second], rates: Mapping[str, Pick]) -> None:
        self._means = {name: [pick(second) for second in seconds] for name, pick in rates.items()}
        self._failures = [float(second.failures) for second in seconds]
        self._calls = [float(second.calls) for second in seconds]
        self._latencies = {
            "": _Latencies([second.latencies for second in seconds]),
            "rollout_": _Latencies([second.rollout_latencies for second in seconds]),
        }

    def statistics(self, drawn: Sequence[int]) -> dict[str, float | None]:
        found: dict[str, float | None] = {}
        for name, values in self._means.items():
            found[name] = _dot(drawn, values) / len(drawn)
        calls = _dot(drawn, self._calls)
        found["failures"] = _dot(drawn, self._failures) / calls if calls else None
        for prefix, latencies in self._latencies.items():
            found |= {f"{prefix}{which}": value for which, value in latencies.statistics(drawn).items()}
        return found


class _Latencies:
    """Binned: sorting them all for each resample would take minutes."""

    def __init__(self, seconds: Sequence[Sequence[float]]) -> None:
        self._counts = [float(len(values)) for values in seconds]
        self._sums = [math.fsum(values) for values in seconds]
        binned = [Counter(map(_bin, values)) for values in seconds]
        self._columns = [
            (number, [counts[number] for counts in binned]) for number in sorted(set().union(*binned))
        ]

    def statistics(self, drawn: Sequence[int]) -> dict[str, float | None]:
        count = _dot(drawn, self._counts)
        if not count:
            return dict.fromkeys(("mean", *PERCENTILES))
        totals = [(number, sum(map(mul, drawn, column))) for number, column in self._columns]
        found = {which: _percentile(totals, share * count) for which, share in PERCENTILES.items()}
        return {"mean": _dot(drawn, self._sums) / count, **found}


def _bin(latency_s: float) -> int:
    return math.floor(math.log10(max(latency_s, LEAST_S)) * FINE)


def _percentile(totals: Iterable[tuple[int, int]], rank: float) -> float | None:
    """The middle of the bin that the nearest rank falls into."""
    passed = 0
    for number, total in totals:
        passed += total
        if total and passed >= rank - 1e-6:
            return math.sqrt(edge(number, FINE) * edge(number + 1, FINE))
    return None


def _dot(drawn: Iterable[int], values: Iterable[float]) -> float:
    return math.fsum(map(mul, drawn, values))
