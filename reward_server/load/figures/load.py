"""The figures of one load, all its repeats together."""

from collections import Counter
from collections.abc import Sequence
from statistics import fmean, median

import msgspec

from reward_server.load.figures.client import client
from reward_server.load.figures.fairness import jain
from reward_server.load.figures.intervals import LEAST_REPEATS
from reward_server.load.figures.measured import Measured
from reward_server.load.figures.quantiles import histogram, latency
from reward_server.load.figures.sampled import by_repeat, by_second
from reward_server.load.figures.second import cut, good
from reward_server.load.figures.tokens import tokens
from reward_server.load.figures.trace import answered, lost, timed, verdicts
from reward_server.load.record import Record
from reward_server.load.report import Latency, PhaseFigures
from rubrics.cause import Cause


def figures(repeats: Sequence[Measured], slo_s: float | None, seed: int) -> PhaseFigures:
    """Everything about one load, with intervals."""
    whole = _figures(repeats, slo_s)
    if len(repeats) >= LEAST_REPEATS:
        samples, intervals = by_repeat([_figures([each], slo_s) for each in repeats])
        return msgspec.structs.replace(whole, samples=samples, intervals=intervals, sampled="repeat")
    if whole.shape == "burst":
        return whole  # its seconds are not alike: the last ones wait for stragglers
    samples, intervals = by_second(cut(repeats, slo_s), slo=slo_s is not None, seed=seed)
    sampled = "second" if samples else None
    return msgspec.structs.replace(whole, samples=samples, intervals=intervals, sampled=sampled)


def _figures(repeats: Sequence[Measured], slo_s: float | None) -> PhaseFigures:
    due = [call for each in repeats for call in each.due]
    times = [call.latency for call in due if timed(call)]
    spread = latency(times)
    seen = client(repeats, spread)
    token_rates, hit_rate = tokens(repeats)
    return PhaseFigures(
        shape=repeats[0].phase.shape,
        load=repeats[0].phase.load,
        repeats=len(repeats),
        seconds=sum(each.seconds for each in repeats),
        calls=len(due),
        offered_rollouts_s=_offered(repeats),
        rollouts_s=_rate(repeats, sum(done.rollouts for each in repeats for done in each.completed())),
        verdicts_s=_rate(repeats, sum(verdicts(call) for each in repeats for call in each.ended)),
        calls_s=_rate(repeats, sum(len(each.ended) for each in repeats)),
        tokens_s=token_rates,
        cache_hit_rate=hit_rate,
        latency=spread,
        first_verdict_s=_first_verdict(repeats),
        rollout_latency=_rollout_latency(repeats),
        group_latency=_group_latency(repeats),
        step_s=_step(repeats),
        failures=_failures(due),
        abstained=_share(due, Cause.JUDGE_ABSTAINED),
        goodput_rollouts_s=_goodput(repeats, slo_s),
        client=seen,
        fairness=_fairness(repeats),
        histogram=histogram(times),
        intervals={},
        samples={},
        sampled=None,
        client_limited=bool(seen.limited_by),
    )


def _rate(repeats: Sequence[Measured], count: int) -> float | None:
    seconds = sum(each.seconds for each in repeats)
    return count / seconds if seconds else None


def _offered(repeats: Sequence[Measured]) -> float | None:
    if repeats[0].phase.shape in {"closed", "burst"}:
        return None
    return _rate(repeats, sum(trace.carried for each in repeats for trace in each.began(each.rollouts)))


def _first_verdict(repeats: Sequence[Measured]) -> float | None:
    waits = [
        trace.first_verdict - trace.due
        for each in repeats
        for trace in each.began(each.rollouts)
        if trace.first_verdict is not None
    ]
    return median(waits) if waits else None


def _rollout_latency(repeats: Sequence[Measured]) -> Latency | None:
    return latency(t.latency for each in repeats for t in each.began(each.rollouts) if t.timed)


def _group_latency(repeats: Sequence[Measured]) -> Latency | None:
    return latency(t.latency for each in repeats for t in each.began(each.groups) if t.timed)


def _step(repeats: Sequence[Measured]) -> float | None:
    """None as well for a burst that was stopped before all of it had been sent."""
    if repeats[0].phase.shape != "burst":
        return None
    whole = [each.seconds for each in repeats if sum(t.carried for t in each.rollouts) >= each.phase.load]
    return fmean(whole) if whole else None


def _failures(due: Sequence[Record]) -> dict[str, float]:
    shares: dict[str, float] = {}
    for call in due:
        if call.cause is not None and call.cause != Cause.JUDGE_ABSTAINED:
            shares[call.cause] = shares.get(call.cause, 0.0) + lost(call)
    ordered = sorted(shares.items(), key=lambda share: (-share[1], share[0]))
    return {cause: share / len(due) for cause, share in ordered}


def _share(due: Sequence[Record], cause: Cause) -> float | None:
    return sum(call.cause == cause for call in due) / len(due) if due else None


def _goodput(repeats: Sequence[Measured], slo_s: float | None) -> float | None:
    if slo_s is None:
        return None
    return _rate(repeats, sum(t.rollouts for each in repeats for t in each.completed() if good(t, slo_s)))


def _fairness(repeats: Sequence[Measured]) -> float | None:
    got = Counter({call.client: 0 for each in repeats for call in each.due})
    got.update(call.client for each in repeats for call in each.ended if answered(call))
    return jain(list(got.values()))
