"""What became of calls, and the calls of one rollout or of one group put together."""

from collections.abc import Iterable

import msgspec

from reward_server.load.record import Record
from rubrics.cause import Cause

_DECLINED = frozenset({Cause.JUDGE_ABSTAINED.value, Cause.JUDGE_REFUSED.value})
_OVERDUE = frozenset({Cause.DEADLINE.value, Cause.JUDGE_TIMEOUT.value})


def cut(call: Record) -> bool:
    """Whether it was under way when somebody stopped the test: nobody knows what would have become of it."""
    return call.cause == Cause.SHUTDOWN


def lost(call: Record) -> float:
    """The share of the call that failed: of several rollouts, some may have their reward."""
    if call.cause is None:
        return 0.0
    return call.unscored / call.rollouts if 0 < call.unscored < call.rollouts else 1.0


def answered(call: Record) -> bool:
    """Whether the judge did its work: a verdict, or none by its own decision."""
    return call.cause is None or call.cause in _DECLINED or lost(call) < 1


def timed(call: Record) -> bool:
    """Whether its latency says how long an answer takes, or that it takes longer still."""
    return answered(call) or call.cause in _OVERDUE


def verdicts(call: Record) -> int:
    """How many it brought."""
    return call.verdicts if lost(call) < 1 else 0


class Trace(msgspec.Struct, gc=False):
    """What is known of all calls of a rollout, or of a group; the earliest `due`, the latest `done`."""

    group: int
    due: float
    done: float
    first_verdict: float | None = None
    calls: int = 0
    carried: int = 0
    """Rollouts."""
    rollouts: int = 0
    """Those of them that a whole call was not lost for."""
    answered: bool = True
    judged: bool = True
    """Whether each call brought a verdict."""
    timed: bool = True
    cut: bool = False

    def add(self, call: Record) -> None:
        """Count one more call of the same rollouts."""
        done = call.done
        self.calls += 1
        if call.due < self.due:  # noqa: PLR1730 - several times as fast as min()
            self.due = call.due
        if done > self.done:  # noqa: PLR1730 - several times as fast as max()
            self.done = done
        if call.cause is not None:
            self._add_failure(call)
            if lost(call) == 1:
                return
        if self.first_verdict is None or done < self.first_verdict:
            self.first_verdict = done

    def _add_failure(self, call: Record) -> None:
        self.rollouts = min(self.rollouts, call.rollouts - call.unscored) if lost(call) < 1 else self.rollouts
        self.judged = self.judged and lost(call) < 1
        self.answered = self.answered and answered(call)
        self.timed = self.timed and timed(call)
        self.cut = self.cut or cut(call)

    def join(self, other: "Trace") -> None:
        """Count other rollouts of the same group."""
        self.due, self.done = min(self.due, other.due), max(self.done, other.done)
        self.carried += other.carried
        self.timed = self.timed and other.timed

    @property
    def latency(self) -> float:
        """Seconds from when its first call was due to its last answer."""
        return self.done - self.due


def by_rollout(calls: Iterable[Record]) -> list[Trace]:
    """One for each rollout, or for the rollouts that travel together."""
    found: dict[int, Trace] = {}
    for call in calls:
        trace = found.get(call.rollout)
        if trace is None:
            trace = found[call.rollout] = Trace(
                call.group, call.due, call.done, carried=call.rollouts, rollouts=call.rollouts
            )
        trace.add(call)
    return list(found.values())


def by_group(rollouts: Iterable[Trace]) -> list[Trace]:
    """One for each group."""
    found: dict[int, Trace] = {}
    for rollout in rollouts:
        trace = found.get(rollout.group)
        if trace is None:
            trace = found[rollout.group] = Trace(rollout.group, rollout.due, rollout.done)
        trace.join(rollout)
    return list(found.values())
