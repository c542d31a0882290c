"""Who was the bottleneck, with evidence."""

from collections.abc import Sequence

from reward_server.load.figures import words
from reward_server.load.figures.engine import queue
from reward_server.load.figures.measured import Measured
from reward_server.load.figures.observed import Observed, observed
from reward_server.load.figures.saturation import light, signs
from reward_server.load.record import Target
from reward_server.load.report import Limit, PhaseFigures, Who

JUDGING = 0.4
"""Share of the server's time from which on its judge is what takes it: of questions that stand in line for a
judge, the mean one waits half of the time."""
BUSY = 0.85
"""Share of one core from which on a reward server, which has one event loop, is at its limit."""
SERVING = 0.5
"""Share of the latency that the server must account for before it is to blame."""

SEEN_FROM_HERE = (
    "That is how the reward server sees its judge; with its own core busy, it reads replies late: "
    "`gavel loadtest judge` tells what the judge bears by itself."
)


def limit(target: Target, loads: Sequence[Sequence[Measured]], phases: Sequence[PhaseFigures]) -> Limit:
    """Judged by the heaviest load that was answered and that the client did not limit."""
    seen = [observed(repeats, phase, queue(repeats)) for repeats, phase in zip(loads, phases, strict=True)]
    usable = [each for each in seen if each is not None]
    if not usable:
        return _nothing(phases)
    heaviest = max(usable, key=lambda each: each.in_flight)
    lighter = [each for each in usable if each.phase.shape == heaviest.phase.shape and each is not heaviest]
    found = signs(heaviest, lighter, target)
    if found:
        who, why = ("judge", []) if target.kind == "judge" else _behind_the_url(heaviest)
        return Limit(who, [*found, *why, *_idle(heaviest)])
    return _without_signs(phases, heaviest, lighter)


def _nothing(phases: Sequence[PhaseFigures]) -> Limit:
    reasons = _client_reasons(phases)
    if reasons:
        return Limit("client", reasons)
    return Limit("unknown", ["No call was answered." if phases else "Nothing was measured."])


def _without_signs(phases: Sequence[PhaseFigures], heaviest: Observed, lighter: Sequence[Observed]) -> Limit:
    reasons = _client_reasons(phases)
    if reasons:
        return Limit("client", reasons)
    why = light(heaviest, lighter)
    if why is not None:
        return Limit("none", [why, *_idle(heaviest)])
    return Limit(
        "unknown",
        ["One load shows no limit where nothing certain is known of the judge's queue: try several."],
    )


def _client_reasons(phases: Sequence[PhaseFigures]) -> list[str]:
    return [
        f"At {words.load(phase.shape, phase.load)}, {reason}."
        for phase in phases
        for reason in phase.client.limited_by
    ]


def _idle(one: Observed) -> list[str]:
    cpu, lag = one.phase.client.cpu, one.phase.client.lag_p99_s
    if cpu is None or lag is None:
        return []
    late = f"its event loop was {words.seconds(lag)} late (p99)"
    return [f"The load generator used {words.share(cpu)} of a core; {late}."]


def _behind_the_url(one: Observed) -> tuple[Who, list[str]]:
    """Whether the reward server took the time, or its judge."""
    median_s, server_s, judge_s = one.latency.p50, one.server_s, one.judge_s
    if one.queue.cpu is not None and one.queue.cpu > BUSY:
        used = (
            f"The reward server used {words.share(one.queue.cpu)} of a core, and its event loop has but one"
        )
        return "server", [f"{used}: calls to its judge wait for it."]
    if one.queue.waiting is not None and one.queue.waiting >= 1:
        return "judge", [SEEN_FROM_HERE]
    if server_s is None:
        return "unknown", ["The server does not say where its time goes."]
    spent = (
        f"Of {words.seconds(median_s)}, the median call, the server accounts for {words.seconds(server_s)}"
    )
    if server_s < SERVING * median_s:
        return "unknown", [f"{spent}: the rest is on the way, or in line to be read."]
    if judge_s is None:
        return "server", [f"{spent}, and asked no judge."]
    question = f"{spent}; a question to its judge took {words.seconds(judge_s)}."
    return ("judge", [question, SEEN_FROM_HERE]) if judge_s >= JUDGING * server_s else ("server", [question])
