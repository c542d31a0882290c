"""What a reader should know before trusting a figure."""

from collections.abc import Iterator, Sequence

from reward_server.load.figures import words
from reward_server.load.figures.intervals import LEAST_REPEATS, LEAST_SECONDS
from reward_server.load.figures.trace import cut
from reward_server.load.record import Run
from reward_server.load.report import Knee, PhaseFigures

SPOILT = 0.2
"""Share of p99 that the client's own worst delays may reach unmentioned."""


def notes(run: Run, phases: Sequence[PhaseFigures], knee: Knee | None) -> list[str]:
    """Those of the run first."""
    return [
        *run.notes,
        *_stopped(run),
        *_limited(phases),
        *_hiccups(phases),
        *_surety(phases),
        *_cache(phases),
        *_knee(phases, knee),
    ]


def _stopped(run: Run) -> Iterator[str]:
    if run.interrupted:
        yield "The test was stopped before its end; what had been measured by then is reported."
    waited = [call.latency for call in run.records if cut(call)]
    if waited:
        yield (
            f"Calls under way then count nowhere; there were {len(waited):,}, and the oldest had taken "
            f"{words.seconds(max(waited))}."
        )


def _limited(phases: Sequence[PhaseFigures]) -> Iterator[str]:
    for shape in dict.fromkeys(phase.shape for phase in phases):
        loads = sorted(phase.load for phase in phases if phase.client_limited and phase.shape == shape)
        if loads:
            told = f"{words.listed(map(words.number, loads))} {words.unit(shape)}"
            yield f"The client limited {told}: no conclusion uses what was measured there."


def _hiccups(phases: Sequence[PhaseFigures]) -> Iterator[str]:
    for phase in phases:
        lag, latency = phase.client.lag_p99_s, phase.latency
        if lag is None or latency is None or phase.client_limited:
            continue
        if lag > SPOILT * latency.p99:
            where = words.load(phase.shape, phase.load)
            yield f"At {where}, p99 and above hold delays of the client's own, of up to {words.seconds(lag)}."


def _surety(phases: Sequence[PhaseFigures]) -> Iterator[str]:
    if any(not phase.intervals for phase in phases):
        yield (
            f"Figures without an interval come from fewer than {LEAST_REPEATS} repeats and "
            f"{LEAST_SECONDS} seconds: measure again before you rely on them."
        )


def _cache(phases: Sequence[PhaseFigures]) -> Iterator[str]:
    if any(phase.tokens_s.prompt is not None and phase.cache_hit_rate is None for phase in phases):
        yield "Nothing says what came from a prefix cache: vLLM does with --enable-prompt-tokens-details."


def _knee(phases: Sequence[PhaseFigures], knee: Knee | None) -> Iterator[str]:
    if knee is None:
        return
    loads = [phase.load for phase in phases if phase.shape == knee.shape]
    if knee.load == min(loads):
        yield f"The knee may lie below {words.load(knee.shape, knee.load)}, the least load that was tried."
