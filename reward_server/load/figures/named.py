"""Figures by the names that requirements, comparisons and tables use."""

from collections.abc import Callable
from typing import Literal

import msgspec

from reward_server.load.report import Latency, PhaseFigures

Unit = Literal["/s", "s", "share"]


class Named(msgspec.Struct, frozen=True):
    """A figure: what it is, how it is measured, and whether more of it is better."""

    title: str
    unit: Unit
    more_is_better: bool
    get: Callable[[PhaseFigures], float | None]


def _rate(title: str, get: Callable[[PhaseFigures], float | None]) -> Named:
    return Named(title, "/s", more_is_better=True, get=get)


def _time(title: str, get: Callable[[PhaseFigures], float | None]) -> Named:
    return Named(title, "s", more_is_better=False, get=get)


def _percentile(
    title: str, which: str, get: Callable[[PhaseFigures], Latency | None], name: str
) -> tuple[str, Named]:
    def value(phase: PhaseFigures) -> float | None:
        found = get(phase)
        return None if found is None else float(getattr(found, which))

    return name, _time(f"{title} {which}", value)


def failed(phase: PhaseFigures) -> float | None:
    """Share of calls that failed, from whatever cause; abstentions are no failures."""
    return sum(phase.failures.values()) if phase.calls else None


_PERCENTILES = ("p50", "p90", "p99", "p999", "mean")

NAMED: dict[str, Named] = {
    "rollouts_s": _rate("rollouts/s", lambda phase: phase.rollouts_s),
    "verdicts_s": _rate("verdicts/s", lambda phase: phase.verdicts_s),
    "calls_s": _rate("calls/s", lambda phase: phase.calls_s),
    "goodput": _rate("goodput", lambda phase: phase.goodput_rollouts_s),
    **dict(_percentile("call", which, lambda phase: phase.latency, which) for which in _PERCENTILES),
    **dict(
        _percentile("rollout", which, lambda phase: phase.rollout_latency, f"rollout_{which}")
        for which in _PERCENTILES
    ),
    **dict(
        _percentile("group", which, lambda phase: phase.group_latency, f"group_{which}")
        for which in _PERCENTILES
    ),
    "first_verdict": _time("first verdict", lambda phase: phase.first_verdict_s),
    "step": _time("step", lambda phase: phase.step_s),
    "failures": Named("failures", "share", more_is_better=False, get=failed),
    "abstained": Named("abstained", "share", more_is_better=False, get=lambda phase: phase.abstained),
    "cache_hit": Named("cache hits", "share", more_is_better=True, get=lambda phase: phase.cache_hit_rate),
    "prefill": _rate("prefill tokens/s", lambda phase: phase.tokens_s.prefill),
    "decode": _rate("decode tokens/s", lambda phase: phase.tokens_s.decode),
    "fairness": Named("fairness", "share", more_is_better=True, get=lambda phase: phase.fairness),
}
"""All there are, in the order of tables."""
