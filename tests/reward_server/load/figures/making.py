"""Runs for tests, in virtual time."""

import heapq
from collections.abc import Sequence
from itertools import count

from msgspec.structs import replace

from reward_server.load.record import Phase, Record, Run, Shape, Sight, Target
from reward_server.load.report import Client, Latency, PhaseFigures, Tokens

JUDGE = Target("judge", "http://127.0.0.1:8901/v1", "gavel-sim", "starter/reasoning 1.0", questions=1)


def run(
    phases: Sequence[Phase], records: Sequence[Record], sights: Sequence[Sight] = (), target: Target = JUDGE
) -> Run:
    return Run(target, 0, phases, records, sights)


def closed(
    loads: Sequence[int], *, slots: int, service_s: float, questions: int = 1, seconds: float = 12
) -> Run:
    """A closed loop against `slots` servers that take exactly `service_s`, first come first served."""
    numbers, phases, records, sights = count(), list[Phase](), list[Record](), list[Sight]()
    for place, load in enumerate(loads):
        start = phases[-1].end + 10 * service_s * load if phases else 0.0
        phase = Phase("closed", float(load), start, start + 2, start + 2 + seconds)
        free, ready = [start] * slots, [start] * load
        while ready[0] < phase.end:
            sent, slot = heapq.heappop(ready), heapq.heappop(free)
            done = max(sent, slot) + service_s
            heapq.heappush(free, done)
            heapq.heappush(ready, done)
            number = next(numbers) // questions
            records.append(Record(sent, sent, done, number, number, place))
        phases.append(phase)
        sights += watched(phase, load, min(load, slots))
    return run(phases, records, sights, replace(JUDGE, questions=questions))


def opened(
    rates: Sequence[float], *, slots: int, service_s: float, seconds: float = 12, shape: Shape = "constant"
) -> Run:
    """Evenly spaced arrivals, each a rollout of one call, at the same servers."""
    numbers, phases, records = count(), list[Phase](), list[Record]()
    for place, rate in enumerate(rates):
        start = max((record.done for record in records), default=0.0)
        phase = Phase(shape, rate, start, start + 2, start + 2 + seconds)
        free = [start] * slots
        for arrival in range(int(rate * (seconds + 2))):
            due = start + arrival / rate
            done = max(due, heapq.heappop(free)) + service_s
            heapq.heappush(free, done)
            number = next(numbers)
            records.append(Record(due, due, done, number, number, place))
        phases.append(phase)
    return run(phases, records, [sight for phase in phases for sight in watched(phase, 1, None)])


def watched(phase: Phase, in_flight: int, running: int | None, cpu: float = 0.1) -> list[Sight]:
    waiting = None if running is None else in_flight - running
    times = range(int((phase.end - phase.start) * 4))
    return [Sight(phase.start + at / 4, cpu, 0.001, in_flight, running, waiting) for at in times]


def figures_of(
    load: float,
    rollouts_s: float | None,
    *,
    p99_s: float = 0.1,
    shape: Shape = "closed",
    limited_by: Sequence[str] = (),
    **others: object,
) -> PhaseFigures:
    """Of one load, with all of its latencies equal."""
    times = Latency(100, p99_s, p99_s, p99_s, p99_s, p99_s, p99_s)
    figures = PhaseFigures(
        shape=shape,
        load=load,
        repeats=1,
        seconds=10,
        calls=100,
        offered_rollouts_s=None,
        rollouts_s=rollouts_s,
        verdicts_s=None if rollouts_s is None else 5 * rollouts_s,
        calls_s=None if rollouts_s is None else 5 * rollouts_s,
        tokens_s=Tokens(),
        cache_hit_rate=None,
        latency=times,
        first_verdict_s=None,
        rollout_latency=times,
        group_latency=times,
        step_s=None,
        failures={},
        abstained=0.0,
        goodput_rollouts_s=None,
        client=Client(limited_by=limited_by),
        fairness=None,
        histogram=[],
        intervals={},
        samples={},
        sampled=None,
        client_limited=bool(limited_by),
    )
    return replace(figures, **others)
