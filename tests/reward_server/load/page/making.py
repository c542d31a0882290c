"""Reports as a load test would leave them, from a judge that exists on paper: 64 slots, 0.3 s a call."""

import math
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from reward_server.load.record import Shape, Target
from reward_server.load.report import (
    Bin,
    Client,
    Interval,
    Knee,
    Latency,
    Limit,
    Moment,
    PhaseFigures,
    Report,
    Tokens,
)

SLOTS, SERVICE, K = 64, 0.3, 5
_JUDGE = Limit("judge", [])
TARGET = Target(
    "judge",
    "http://127.0.0.1:8901/v1",
    "gavel-sim",
    "moderation/reasoning, version 3",
    "sha256:1f0c77ab",
    "criterion_last",
    K,
    8,
)


def sweep() -> Report:
    """Closed loop from 1 to 512; the last load is more than the client can bear."""
    loads = [1, 2, 4, 8, 16, 32, 64, 96, 128, 256]
    phases = [phase("closed", each) for each in loads]
    phases.append(limited(phase("closed", 512)))
    place = loads.index(64)
    knee = Knee("closed", 64, phases[place].rollouts_s or 0, 213, 213, 1.31, place)
    return report(
        phases,
        knee=knee,
        slo_s=2.0,
        limit=Limit(
            "judge",
            [
                "From 96 calls in flight on, the engine ran 64 calls, no more, while up to 192 waited.",
                "The load generator used 31% of a core there, and its event loop was at most 4 ms late.",
            ],
        ),
        verdict=(
            "This judge sustains 42.7 rollouts/s (213 verdicts/s) with this rubric; the knee is at 64 calls "
            "in flight. Beyond it only latency grows. A step of 1,024 rollouts takes 24 s at that rate. The "
            "judge is the limit: all 64 of its slots were busy while the client was idle."
        ),
        notes=[
            "512 in flight was limited by the client: its rates are not what the judge can do.",
        ],
    )


def single() -> Report:
    """Poisson arrivals at one rate, well below the knee."""
    only = replace(
        phase("poisson", 20),
        offered_rollouts_s=20.0,
        rollouts_s=19.8,
        goodput_rollouts_s=19.7,
        failures={},
        abstained=0.004,
        repeats=3,
    )
    return report(
        [only],
        slo_s=2.0,
        no_knee="One load shows no knee: sweep finds it.",
        limit=Limit("none", ["Nothing waited in the engine at 20 rollouts/s."]),
        verdict="This judge keeps up with 20 rollouts/s: 99% are judged within 0.79 s. It has more to give.",
    )


def burst() -> Report:
    """A GRPO step: 1,024 rollouts at once, three times."""
    only = replace(
        phase("burst", 1024), repeats=3, step_s=24.3, rollouts_s=42.1, group_latency=latency(12.0, 3)
    )
    return report(
        [only],
        no_knee="A burst has no knee.",
        limit=Limit("judge", ["The engine ran 64 calls throughout, and up to 5,056 waited."]),
        verdict="A step of 1,024 rollouts in groups of 8 takes 24.3 s. The judge is the limit.",
    )


def interrupted() -> Report:
    """A sweep that somebody stopped."""
    whole = sweep()
    return replace(
        whole,
        phases=whole.phases[:3],
        interrupted=True,
        knee=None,
        no_knee="Interrupted before throughput stopped to grow.",
        slo_s=None,
        timeline=[each for each in whole.timeline if each.phase is not None and each.phase < 3],
        notes=[],
        limit=Limit("unknown", []),
        verdict="Interrupted after 3 loads. Up to 4 calls in flight this judge kept up.",
    )


def all_failed() -> Report:
    """A judge that is not there."""
    failed = replace(
        phase("closed", 16),
        rollouts_s=0.0,
        verdicts_s=0.0,
        tokens_s=Tokens(),
        cache_hit_rate=None,
        latency=None,
        first_verdict_s=None,
        rollout_latency=None,
        group_latency=None,
        failures={"unreachable": 0.9, "http 503": 0.06, "deadline": 0.04},
        goodput_rollouts_s=None,
        abstained=0.0,
        histogram=[],
        intervals={},
    )
    empty = [
        replace(each, rollouts=0, failures=each.calls, p50=None, p99=None, running=None, waiting=None)
        for each in _timeline([failed])
    ]
    return replace(
        report([failed], no_knee="No rollout was completed."),
        timeline=empty,
        sustained_rollouts_s=None,
        limit=Limit("unknown", ["No call brought a verdict."]),
        verdict="Nothing was measured: every call failed, 90% because the judge could not be reached.",
    )


def nothing() -> Report:
    """Stopped before anything began."""
    return replace(
        report([], no_knee="Nothing ran."), interrupted=True, timeline=[], sustained_rollouts_s=None
    )


def mixed() -> Report:
    """A soak of an hour on a reward URL, with two clients, after a burst."""
    soak = replace(
        phase("constant", 30), seconds=3600, offered_rollouts_s=30.0, rollouts_s=29.9, fairness=0.998
    )
    long = [
        Moment(t, 1, t < 30, 30, 150, int(t % 97 == 0), 0.3, 0.8 + 0.4 * math.sin(t / 300), 45, 40, t % 7)
        for t in range(3600)
    ]
    return replace(
        report([phase("burst", 64), soak], no_knee="Loads of two kinds."),
        target=Target("reward", "http://127.0.0.1:8000/v1/rewards", questions=1, group_size=8),
        timeline=long,
    )


def report(
    phases: Sequence[PhaseFigures],
    *,
    knee: Knee | None = None,
    slo_s: float | None = None,
    no_knee: str | None = None,
    limit: Limit = _JUDGE,
    verdict: str = "A verdict.",
    notes: Sequence[str] = (),
) -> Report:
    rates = [each.rollouts_s or 0 for each in phases if not each.client_limited]
    return Report(
        target=TARGET,
        seed=7,
        interrupted=False,
        slo_s=slo_s,
        phases=phases,
        knee=knee,
        no_knee=no_knee,
        sustained_rollouts_s=max(rates, default=None),
        limit=limit,
        verdict=verdict,
        timeline=list(_timeline(phases)),
        timeline_step_s=1.0,
        notes=notes,
    )


def phase(shape: Shape, load: float) -> PhaseFigures:
    """What the judge on paper does: full speed up to its slots, then a queue."""
    calls = min(load, SLOTS) / SERVICE if shape == "closed" else SLOTS / SERVICE
    found = latency(SERVICE * max(1.0, load / SLOTS if shape == "closed" else 1.0))
    rollouts = calls / K
    return PhaseFigures(
        shape=shape,
        load=load,
        repeats=1,
        seconds=10.0,
        calls=round(calls * 10),
        offered_rollouts_s=None,
        rollouts_s=rollouts,
        verdicts_s=calls,
        calls_s=calls,
        tokens_s=Tokens(calls * 1880, calls * 300, calls * 1580, calls),
        cache_hit_rate=1580 / 1880,
        latency=found,
        first_verdict_s=found.p50,
        rollout_latency=latency(found.p50 * 1.2),
        group_latency=latency(found.p50 * 2),
        step_s=None,
        failures={"http 500": 0.002, "deadline": load / 20_000} if load > SLOTS else {},
        abstained=0.01,
        goodput_rollouts_s=rollouts * 0.97,
        client=Client(cpu=0.1 + load / 1000, lag_p99_s=0.002, late_p99_s=0.0007, in_flight=load * 0.99),
        fairness=None,
        histogram=histogram(found),
        intervals={
            "rollouts_s": Interval(rollouts * 0.97, rollouts * 1.03),
            "p99": Interval(found.p99 * 0.9, found.p99 * 1.2),
        },
        samples={},
        sampled=None,
        client_limited=False,
    )


def limited(phase: PhaseFigures) -> PhaseFigures:
    client = replace(
        phase.client,
        cpu=0.97,
        lag_p99_s=0.31,
        late_p99_s=0.4,
        in_flight=331.0,
        limited_by=["It used 97% of a core, and its event loop was 310 ms late: use more clients."],
    )
    return replace(phase, client=client, client_limited=True, rollouts_s=(phase.rollouts_s or 0) * 0.8)


def latency(middle: float, spread: float = 2.2) -> Latency:
    return Latency(
        2000, middle * 1.1, middle, middle * 1.4, middle * spread, middle * spread * 1.5, middle * spread * 2
    )


def histogram(found: Latency) -> Sequence[Bin]:
    """A bell over the logarithm, of a tenth of a decade each."""
    middle, edges = math.log10(found.p50), [n / 10 - 3 for n in range(51)]
    heights = [math.exp(-(((edge - middle - 0.05) / 0.12) ** 2)) for edge in edges]
    return [
        Bin(10**edge, 10 ** (edge + 0.1), round(2000 * height / sum(heights)))
        for edge, height in zip(edges, heights, strict=True)
    ]


def _timeline(phases: Sequence[PhaseFigures]) -> Iterator[Moment]:
    for place, each in enumerate(phases):
        found, load = each.latency, round(each.load)
        for second in range(12):
            wave = 1 + 0.08 * math.sin(second * 1.7 + place)
            yield Moment(
                at=place * 12.0 + second,
                phase=place,
                warming=second < 2,
                rollouts=round((each.rollouts_s or 0) * wave),
                calls=round((each.calls_s or 0) * wave),
                failures=round((each.calls_s or 0) * sum(each.failures.values())),
                p50=found.p50 * wave if found else None,
                p99=found.p99 * wave if found else None,
                in_flight=load,
                running=min(load, SLOTS),
                waiting=max(0, load - SLOTS),
            )
