"""The conclusion, in two to four sentences that need no manual."""

from collections.abc import Iterator, Sequence

from reward_server.load.figures import words
from reward_server.load.figures.knee import ENOUGH, Found
from reward_server.load.figures.named import failed
from reward_server.load.record import Target
from reward_server.load.report import Knee, Limit, PhaseFigures

STEP = 1024
"""Rollouts of the step that a rate is translated into."""
MANY_FAILURES = 0.01
_LIMITS = {"judge": "The judge is the limit", "server": "The reward server is the limit, not its judge"}
_SEEN = "As the reward server sees it, its judge is the limit"


def verdict(
    target: Target, phases: Sequence[PhaseFigures], found: Found, limit: Limit, slo_s: float | None
) -> str:
    """What a newcomer should take home."""
    knee = found.knee
    name = "judge" if target.kind == "judge" else "reward server"
    best = best_phase(phases)
    if best is None:
        return " ".join(_no_rate(phases))
    opening = (
        _at_knee(name, target, knee, _beyond(knee, phases, slo_s), slo_s)
        if knee is not None
        else _without_knee(name, best, found.reason)
    )
    return " ".join(
        [*opening, *_limit(limit, knee, target), *_failures(phases[knee.phase] if knee else best, target)]
    )


def best_phase(phases: Sequence[PhaseFigures]) -> PhaseFigures | None:
    """The one with the greatest throughput that the client did not limit."""
    usable = [phase for phase in phases if phase.rollouts_s and not phase.client_limited]
    return max(usable, key=lambda phase: phase.rollouts_s or 0.0, default=None)


def _no_rate(phases: Sequence[PhaseFigures]) -> Iterator[str]:
    limited = [phase for phase in phases if phase.client_limited]
    if limited:
        yield "No rate is reported, because the load generator was the limit."
        yield f"At {words.load(limited[0].shape, limited[0].load)}, {limited[0].client.limited_by[0]}."
    elif not phases:
        yield "Nothing was measured: the test ended in its warm-up."
    else:
        yield "No rollout was completed."
        yield _failed(max(phases, key=lambda phase: failed(phase) or 0.0))


def _rates(rollouts_s: float, verdicts_s: float | None) -> str:
    verdicts = f" ({words.number(verdicts_s)} verdicts/s)" if verdicts_s else ""
    return f"{words.number(rollouts_s)} rollouts/s{verdicts}"


def _at_knee(name: str, target: Target, knee: Knee, beyond: str, slo_s: float | None) -> Iterator[str]:
    rubric = f" with {target.rubric}" if target.rubric else ""
    within = f", each within {words.seconds(slo_s)}" if slo_s is not None else ""
    yield (
        f"This {name} sustains {_rates(knee.rollouts_s, knee.verdicts_s)}{rubric}{within}; the knee is at "
        f"{words.load(knee.shape, knee.load)}, and {beyond}."
    )
    yield _step(knee.rollouts_s)


def _beyond(knee: Knee, phases: Sequence[PhaseFigures], slo_s: float | None) -> str:
    """What more load than at the knee brings, by the least such load."""
    greater = [phase for phase in phases if phase.shape == knee.shape and phase.load > knee.load]
    usable = [phase for phase in greater if phase.rollouts_s and not phase.client_limited]
    following = min(usable, key=lambda phase: phase.load, default=None)
    if following is None or (knee.shape == "closed" and not _brings_more(following, knee)):
        return "beyond it only latency grows"
    latency = following.rollout_latency
    if slo_s is not None and latency is not None and latency.p99 > slo_s:
        return f"with more, p99 of a rollout is beyond {words.seconds(slo_s)}"
    return "it does not keep up with more" if knee.shape != "closed" else "with more, calls fail"


def _brings_more(phase: PhaseFigures, knee: Knee) -> bool:
    return ENOUGH * (phase.rollouts_s or 0.0) > knee.rollouts_s


def _without_knee(name: str, best: PhaseFigures, no_knee: str | None) -> Iterator[str]:
    rates = _rates(best.rollouts_s or 0.0, best.verdicts_s)
    if best.shape == "burst":
        took = f"took {words.seconds(best.step_s)}, " if best.step_s is not None else "came to "
        yield f"A step of {words.number(best.load)} rollouts {took}{rates}."
        return
    yield f"This {name} did {rates} at {words.load(best.shape, best.load)}."
    if no_knee:
        yield no_knee
    yield _step(best.rollouts_s or 0.0)


def _step(rollouts_s: float) -> str:
    return f"A step of {STEP:,} rollouts takes {words.seconds(STEP / rollouts_s)} at that rate."


def _limit(limit: Limit, knee: Knee | None, target: Target) -> Iterator[str]:
    if limit.who in _LIMITS:
        who = _SEEN if (target.kind, limit.who) == ("reward", "judge") else _LIMITS[limit.who]
        yield f"{who}: {limit.evidence[0][:1].lower()}{limit.evidence[0][1:]}"
    elif limit.who == "none":
        yield "The load was too light to find its limit."
    elif limit.who == "client" and knee is None:
        yield "Beyond that the load generator was the limit."


def _failures(phase: PhaseFigures, target: Target) -> Iterator[str]:
    if (failed(phase) or 0.0) < MANY_FAILURES:
        return
    yield _failed(phase, " there")
    if target.kind == "judge" and (target.questions or 1) > 1:
        yield "A rollout counts where none of its calls did."


def _failed(phase: PhaseFigures, where: str = "") -> str:
    if not phase.failures:
        return ""
    cause = next(iter(phase.failures))
    return f"{words.share(failed(phase) or 0.0)} of calls failed{where}, most often as {cause}."
