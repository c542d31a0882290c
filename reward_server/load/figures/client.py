"""Whether the load generator kept up, or was itself what limited the load."""

import math
from collections.abc import Iterator, Sequence
from statistics import fmean

from reward_server.load.figures import words
from reward_server.load.figures.measured import Measured
from reward_server.load.figures.quantiles import nearest_rank
from reward_server.load.report import Client, Latency

MOST_CPU = 0.85
"""Share of a core from which on calls wait for the client."""
NOTICEABLE = 0.1
"""Share of the latency that may be the client's doing."""
NOTICEABLE_LAG = 0.25
"""The same for the event loop's lag, of which the worst of each moment is known: most calls meet less."""
LEAST_S = 0.005
"""Shorter delays happen on any machine."""
DELIVERED = 0.9
"""Share of the concurrency asked for that a closed loop must hold."""
REMEDY = "use a smaller load, or a machine with cores to spare"


def client(repeats: Sequence[Measured], latency: Latency | None) -> Client:
    """How the generator fared at one load, with this latency (None if nothing was answered)."""
    sights = [sight for each in repeats for sight in each.sights]
    lags = [sight.lag_s for sight in sights]
    burst = repeats[0].phase.shape == "burst"
    late = [] if burst else [call.sent - call.due for each in repeats for call in each.due]
    seen = Client(
        cpu=fmean(sight.cpu for sight in sights) if sights else None,
        lag_p99_s=_p99(lags),
        late_p99_s=_p99(late),
        in_flight=_in_flight(repeats),
    )
    closed = repeats[0].phase.shape == "closed"
    asked = repeats[0].phase.load if closed and latency is not None else None
    reasons = [*_busy(seen), *_slow(lags, late, latency), *_missing(seen, asked)]
    return Client(seen.cpu, seen.lag_p99_s, seen.late_p99_s, seen.in_flight, limited_by=reasons)


def _p99(values: Sequence[float]) -> float | None:
    return max(0.0, nearest_rank(sorted(values), 0.99)) if values else None


def _in_flight(repeats: Sequence[Measured]) -> float | None:
    """Little's law: the seconds that calls spent in flight, over the seconds that passed."""
    seconds = sum(each.seconds for each in repeats)
    if not seconds:
        return None
    return math.fsum(_overlap(each) for each in repeats) / seconds


def _overlap(one: Measured) -> float:
    """What lies in the measured time of the calls' seconds in flight."""
    whole = math.fsum(call.done - call.sent for call in one.calls)
    early = math.fsum(min(call.done, one.start) - call.sent for call in one.calls if call.sent < one.start)
    late = math.fsum(call.done - max(call.sent, one.end) for call in one.calls if call.done > one.end)
    return whole - early - late


def _busy(seen: Client) -> Iterator[str]:
    if seen.cpu is not None and seen.cpu > MOST_CPU:
        yield f"the load generator used {words.share(seen.cpu)} of its core: {REMEDY}"


def _slow(lags: Sequence[float], late: Sequence[float], latency: Latency | None) -> Iterator[str]:
    """On average: a single hiccup spoils percentiles, which a note tells, but no rate."""
    if latency is None:
        return
    took = f"where a call takes {words.seconds(latency.mean)}: {REMEDY}"
    if lags and fmean(lags) > max(NOTICEABLE_LAG * latency.mean, LEAST_S):
        yield f"the load generator's event loop was {words.seconds(fmean(lags))} late on average, {took}"
    if late and fmean(late) > max(NOTICEABLE * latency.mean, LEAST_S):
        yield f"calls were sent {words.seconds(fmean(late))} late on average, {took}"


def _missing(seen: Client, asked: float | None) -> Iterator[str]:
    if asked is not None and seen.in_flight is not None and seen.in_flight < DELIVERED * asked:
        yield f"only {words.number(seen.in_flight)} of {words.number(asked)} calls were in flight: {REMEDY}"
