"""A run's report."""

from reward_server.load.figures.knee import find
from reward_server.load.figures.limit import limit
from reward_server.load.figures.load import figures
from reward_server.load.figures.measured import loads
from reward_server.load.figures.notes import notes
from reward_server.load.figures.timeline import timeline
from reward_server.load.figures.verdict import best_phase, verdict
from reward_server.load.record import Run
from reward_server.load.report import Report


def report(run: Run, slo_s: float | None = None) -> Report:
    """Everything that follows from what was written down. `slo_s` limits the latency of a whole rollout."""
    measured = loads(run)
    phases = [figures(repeats, slo_s, run.seed) for repeats in measured]
    limited = limit(run.target, measured, phases)
    found = find(phases, slo_s, full=limited.who in {"judge", "server"})
    best = found.knee or best_phase(phases)
    moments, step = timeline(run, measured)
    return Report(
        target=run.target,
        seed=run.seed,
        interrupted=run.interrupted,
        slo_s=slo_s,
        phases=phases,
        knee=found.knee,
        no_knee=found.reason,
        sustained_rollouts_s=best.rollouts_s if best else None,
        limit=limited,
        verdict=verdict(run.target, phases, found, limited, slo_s),
        timeline=moments,
        timeline_step_s=step,
        notes=notes(run, phases, found.knee),
    )
