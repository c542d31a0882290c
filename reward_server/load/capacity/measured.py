"""The rates that a load test measured."""

from pathlib import Path

import msgspec

from reward_server.load import saved_report
from reward_server.load.capacity.engine import Measured
from reward_server.load.report import PhaseFigures, Report
from rubrics.agreement.shown import shown
from rubrics.problems import ConfigError

ONE_TOKEN = 1.5
"""Replies shorter than this on average tell nothing of how fast an engine writes."""


class Found(msgspec.Struct, frozen=True):
    """What a plan takes from a load test."""

    engine: Measured
    failed: float
    """Share of calls that failed."""
    cache_hit_rate: float | None
    notes: list[str]
    rubric: str | None = None
    """The id and version of the rubric that was tested."""


def read(path: Path) -> Found:
    """The figures at the knee, or where most was sustained. Raises ConfigError."""
    report = _report(path)
    if report.target.kind != "judge":
        hint = "test the judge itself: gavel loadtest JUDGE_URL --rubric rubric.yaml"
        raise ConfigError(f"{shown(path)} tested a reward URL, which tells no rates of its judge", hint=hint)
    phase = _phase(report, path)
    failed = sum(phase.failures.values())
    return Found(
        _engine(phase, failed),
        failed,
        phase.cache_hit_rate,
        _notes(report, phase, path),
        report.target.rubric,
    )


def _report(path: Path) -> Report:
    try:
        return saved_report.read(path)
    except OSError as error:
        raise ConfigError(f"cannot read {shown(path)}: {error.strerror}") from None


def _phase(report: Report, path: Path) -> PhaseFigures:
    """Where the most was sustained, of loads that the client did not limit."""
    free = [phase for phase in report.phases if not phase.client_limited and _answered(phase)]
    if report.limit.who == "client" or not free:
        why = (report.limit.evidence or ["no load was borne by the target alone"])[0].rstrip(".")
        hint = "repeat it with loads that the client bears, or on a machine with cores to spare"
        raise ConfigError(f"the client was the limit in {shown(path)}: {why[:300]}", hint=hint)
    if report.knee is not None and report.phases[report.knee.phase] in free:
        return report.phases[report.knee.phase]
    return max(free, key=lambda phase: phase.calls_s or 0.0)


def _answered(phase: PhaseFigures) -> bool:
    return bool(phase.calls_s) and sum(phase.failures.values()) < 1.0


def _engine(phase: PhaseFigures, failed: float) -> Measured:
    """A call that failed is no use, so that only the others count."""
    assert phase.calls_s
    per_call = (phase.tokens_s.decode or 0.0) / phase.calls_s
    return Measured(
        calls_s=phase.calls_s * (1.0 - failed),
        prefill_tps=phase.tokens_s.prefill or None,
        decode_tps=phase.tokens_s.decode if per_call >= ONE_TOKEN else None,
        latency=phase.latency.mean if phase.latency else None,
    )


def _notes(report: Report, phase: PhaseFigures, path: Path) -> list[str]:
    rubric = f" with {shown(report.target.rubric)}" if report.target.rubric else ""
    rates = f"{phase.calls_s:,.4g} calls/s at {phase.shape} {phase.load:g}{_computed(phase)}"
    notes = [f"rates: {shown(path)}{rubric}: {rates}; it counts as one replica"]
    if report.knee is None:
        notes.append("no knee was found: the engine may bear more than the most that was tried")
    if report.interrupted:
        notes.append("the load test was interrupted")
    return notes


def _computed(phase: PhaseFigures) -> str:
    """What its prompts were like."""
    if not phase.tokens_s.prefill or not phase.calls_s:
        return ""
    hits = "" if phase.cache_hit_rate is None else f", {phase.cache_hit_rate:.0%} of prompts cached"
    return f", {phase.tokens_s.prefill / phase.calls_s:,.0f} tokens computed a call{hits}"
