"""What of a phase counts: calls that were due, or ended, in its measured time."""

import math
from collections.abc import Iterable, Sequence

import msgspec

from reward_server.load.figures.trace import Trace, by_group, by_rollout, cut
from reward_server.load.record import EngineTokens, Phase, Record, Run, Sight, Target


class Measured(msgspec.Struct, frozen=True):
    """One phase. Calls that were cut off when the test was stopped are in `calls` only."""

    phase: Phase
    target: Target
    number: int
    start: float
    end: float
    calls: Sequence[Record]
    """Of the whole phase."""
    due: Sequence[Record]
    """Calls that were due in the measured time."""
    ended: Sequence[Record]
    """Calls that ended in it."""
    before: float
    """What happens from here on does not count: its end, or never for a burst, whose last answer ends it."""
    rollouts: Sequence[Trace]
    """Whole ones of the phase, warm-up included."""
    groups: Sequence[Trace]
    """Whole ones."""
    sights: Sequence[Sight]
    engine: EngineTokens

    @property
    def seconds(self) -> float:
        return self.end - self.start

    def began(self, some: Iterable[Trace]) -> list[Trace]:
        """Those whose first call was due in the measured time."""
        return [trace for trace in some if self.start <= trace.due < self.before]

    def completed(self) -> list[Trace]:
        """Rollouts with their last answer in the measured time, and nothing but answers."""
        return [each for each in self.rollouts if each.answered and self.start <= each.done < self.before]


def loads(run: Run) -> list[list[Measured]]:
    """Phases by load, repeats together, in the order in which loads were first tried."""
    calls: list[list[Record]] = [[] for _ in run.phases]
    for call in run.records:
        if call.phase < len(calls):
            calls[call.phase].append(call)
    found: dict[tuple[str, float], list[Measured]] = {}
    for number, phase in enumerate(run.phases):
        end = _end(phase, calls[number])
        if end > phase.warm:  # else it was stopped in its warm-up
            one = _measured(run, number, end, calls[number])
            found.setdefault((phase.shape, phase.load), []).append(one)
    return list(found.values())


def _end(phase: Phase, calls: Sequence[Record]) -> float:
    if phase.shape != "burst" or any(cut(call) for call in calls):
        return phase.end
    return max((call.done for call in calls), default=phase.start)


def _measured(run: Run, number: int, end: float, calls: Sequence[Record]) -> Measured:
    phase, known = run.phases[number], [call for call in calls if not cut(call)]
    before = math.inf if phase.shape == "burst" else phase.end
    stopped = run.interrupted and number == len(run.phases) - 1
    rollouts = [each for each in by_rollout(calls) if _whole(each, run.target, stopped)]
    return Measured(
        phase=phase,
        target=run.target,
        number=number,
        start=phase.warm,
        end=end,
        calls=calls,
        due=[call for call in known if phase.warm <= call.due < before],
        ended=[call for call in known if phase.warm <= call.done < before],
        before=before,
        rollouts=rollouts,
        groups=[each for each in by_group(rollouts) if each.carried >= run.target.group_size],
        sights=[sight for sight in run.sights if phase.warm <= sight.at <= end],
        engine=run.engine.get(number, EngineTokens()),
    )


def _whole(rollout: Trace, target: Target, stopped: bool) -> bool:
    """A phase finishes what it has begun, unless somebody stopped it."""
    questions = target.questions if target.kind == "judge" else 1
    return not rollout.cut and (not stopped or rollout.calls >= questions)
