"""Reports of load tests."""

from pathlib import Path

import msgspec

from reward_server.load.record import Target
from reward_server.load.report import Client, Knee, Latency, Limit, PhaseFigures, Report, Tokens

LATENCY = Latency(count=100, mean=0.4, p50=0.4, p90=0.5, p99=0.6, p999=0.6, max=0.6)


def phase(
    load: float, calls_s: float | None, *, limited: bool = False, decode: float = 0.0, hits: float = 0.75
) -> PhaseFigures:
    return PhaseFigures(
        shape="closed",
        load=load,
        repeats=1,
        seconds=10.0,
        calls=1000,
        offered_rollouts_s=None,
        rollouts_s=None,
        verdicts_s=None,
        calls_s=calls_s,
        tokens_s=Tokens(prefill=20_000.0, cached=60_000.0, decode=decode),
        cache_hit_rate=hits,
        latency=LATENCY,
        first_verdict_s=None,
        rollout_latency=None,
        group_latency=None,
        step_s=None,
        failures={"judge_timeout": 0.02},
        abstained=0.0,
        goodput_rollouts_s=None,
        client=Client(),
        fairness=None,
        histogram=[],
        intervals={},
        samples={},
        sampled=None,
        client_limited=limited,
    )


def report(*phases: PhaseFigures, knee: int | None = None, who: str = "judge") -> Report:
    found = None
    if knee is not None:
        found = Knee("closed", phases[knee].load, 20.0, phases[knee].calls_s, 100.0, 0.6, knee)
    return Report(
        target=Target("judge", "http://judge/v1", rubric="tone 1"),
        seed=0,
        interrupted=False,
        slo_s=None,
        phases=phases,
        knee=found,
        no_knee=None if found else "too few loads",
        sustained_rollouts_s=20.0,
        limit=msgspec.convert({"who": who, "evidence": ["its core was busy"]}, Limit),
        verdict="",
        timeline=[],
        timeline_step_s=1.0,
        notes=[],
    )


def saved(found: Report, path: Path) -> Path:
    path.write_bytes(msgspec.json.encode(found))
    return path
