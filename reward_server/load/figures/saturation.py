"""Signs that what was tested, and not the client, was at its limit; each is a sentence."""

from collections.abc import Iterator, Sequence

from reward_server.load.figures import words
from reward_server.load.figures.knee import KEPT_UP
from reward_server.load.figures.observed import Observed
from reward_server.load.record import Target
from rubrics.cause import Cause

QUEUED = 0.05
"""Share of the calls in flight that must wait in the engine before that says anything; one call at least."""
LOADED = 1.5
"""Two loads are compared if one is so many times the other."""
FLAT = 0.3
"""Throughput is flat where it grows by less than this share of what the load grew by."""
SLOWER = 1.2
"""Latency has risen where it is so many times that of the lighter load."""
REFUSED = 0.02
"""Share of calls refused for load from which on it is a sign."""
_IN_LINE = {
    "judge": "{calls} waited in the judge's own queue",
    "reward": "{calls} to the judge waited in the reward server for their turn",
}
_AT_ONCE = {
    "judge": "The engine never worked on more than {running:,} calls at once.",
    "reward": "The reward server never had more than {running:,} calls at its judge.",
}
_REFUSALS = (Cause.JUDGE_RATE_LIMITED, Cause.JUDGE_OVERLOADED)


def signs(heaviest: Observed, lighter: Sequence[Observed], target: Target) -> list[str]:
    """What the heaviest load shows; `lighter` are of the same shape."""
    compared = [each for each in lighter if each.phase.load * LOADED <= heaviest.phase.load]
    base = max(compared, key=lambda each: each.phase.load, default=None)
    found = [*_queued(heaviest, target), *_behind(heaviest), *_refused(heaviest)]
    return found if base is None else [*found, *_flat(base, heaviest, target)]


def _queued(one: Observed, target: Target) -> Iterator[str]:
    waiting = one.queue.waiting
    if waiting is not None and waiting >= max(1.0, QUEUED * one.in_flight):
        grew = ", and more and more" if one.queue.grew else ""
        at = words.load(one.phase.shape, one.phase.load)
        where = _IN_LINE[target.kind].format(calls=words.calls(waiting))
        yield f"At {at}, {where} on average{grew}."


def _behind(one: Observed) -> Iterator[str]:
    offered, done = one.phase.offered_rollouts_s, one.phase.rollouts_s
    if offered is not None and done is not None and done < KEPT_UP * offered:
        yield f"{words.number(done)} rollouts/s were done of {words.number(offered)} offered."


def _refused(one: Observed) -> Iterator[str]:
    refused = sum(one.phase.failures.get(cause, 0.0) for cause in _REFUSALS)
    if refused >= REFUSED:
        yield f"{words.share(refused)} of calls were refused because of load."


def _flat(base: Observed, heaviest: Observed, target: Target) -> Iterator[str]:
    before, after = base.phase.rollouts_s, heaviest.phase.rollouts_s
    slower = heaviest.latency.p50 / max(base.latency.p50, 1e-9)
    if not before or not after or slower < SLOWER:
        return
    if after / before - 1 < FLAT * (heaviest.phase.load / base.phase.load - 1):
        loads = f"{words.number(base.phase.load)} to {words.load(heaviest.phase.shape, heaviest.phase.load)}"
        rates = f"from {words.number(before)} to {words.number(after)} rollouts/s"
        times = f"from {words.seconds(base.latency.p50)} to {words.seconds(heaviest.latency.p50)}"
        yield f"From {loads}, throughput went {rates} and the median call {times}."
        yield from _ceiling(base, heaviest, target)


def _ceiling(base: Observed, heaviest: Observed, target: Target) -> Iterator[str]:
    running, before = heaviest.queue.running, base.queue.running
    waiting = heaviest.queue.waiting or 0.0
    told = running is not None and running + waiting >= heaviest.in_flight / 2  # some gauges miss short calls
    if told and running and before and running <= 1.02 * before and running < heaviest.in_flight / SLOWER:
        yield _AT_ONCE[target.kind].format(running=running)


def light(heaviest: Observed, lighter: Sequence[Observed]) -> str | None:
    """Why a load without any sign was too light to meet a limit; None where nothing shows that either."""
    offered = heaviest.phase.offered_rollouts_s
    if offered is not None:
        return f"All of {words.number(offered)} rollouts/s offered were done."
    if heaviest.queue.waiting is not None and heaviest.phase.shape != "burst":
        return "No calls waited in the judge's queue."  # of a burst, an engine's gauges may not have told yet
    first = min(lighter, key=lambda each: each.phase.load, default=None)
    if first is not None and heaviest.latency.p50 < SLOWER * first.latency.p50:
        return "The greatest load was answered as fast as the least."
    return None
