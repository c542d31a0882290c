"""What a detector looks at: a run as of one step, its beginning and its end."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from reward_server.alarms.rounds import ProbeKind, Round
from reward_server.history.statistics import History, StepStatistics

FARTHEST = 64
"""So many steps are looked back, at most."""
EASED = 0.8
"""An alarm is over where what was seen is below this part of its limit: a value that wavers at the limit
does not raise it again and again."""


class Seen(NamedTuple):
    """A run as of its last step, which is over."""

    steps: History
    baseline: int
    """How many scored steps the baseline has."""
    rounds: Sequence[Round] = ()
    """Judges' probes up to now."""
    lost: int = 0
    """Rollouts that could not be stored since one could."""

    @property
    def last(self) -> StepStatistics:
        return self.steps[-1]

    @property
    def lately(self) -> History:
        """The last steps, as many as are looked at."""
        return self.steps[-FARTHEST:]

    @property
    def beginning(self) -> History:
        """The baseline: the first scored steps; fewer where there are no more yet."""
        return self.steps[: self._end_of_beginning()]

    @property
    def after(self) -> History:
        """The last steps that are not part of the baseline."""
        return self.steps[max(self._end_of_beginning(), len(self.steps) - FARTHEST) :]

    def ending(
        self, least: int, counted: Callable[[StepStatistics], int] | None = None, enough: int = 0
    ) -> History:
        """The last steps: at least so many, and so many more that there is enough of what is counted.

        Empty where there are not so many steps yet.
        """
        return last_of(self.lately, least, counted, enough)

    def of_kind(self, kind: ProbeKind) -> dict[str, list[Round]]:
        """Rounds of canaries or of anchors by criterion, in order."""
        found: dict[str, list[Round]] = {}
        for each in self.rounds:
            if each.kind == kind:
                found.setdefault(each.criterion, []).append(each)
        return found

    def _end_of_beginning(self) -> int:
        scored = 0
        for place, step in enumerate(self.steps):
            scored += step.scored > 0
            if scored == self.baseline:
                return place + 1
        return len(self.steps)


def last_of(
    steps: History, least: int, counted: Callable[[StepStatistics], int] | None = None, enough: int = 0
) -> History:
    """The last of these steps, as `Seen.ending` says."""
    if len(steps) < least:
        return ()
    if counted is None:
        return steps[-least:]
    total = 0
    for place in range(1, len(steps) + 1):
        total += counted(steps[-place])
        if place >= least and total >= enough:
            return steps[-place:]
    return ()


def since(steps: History, holds: Callable[[StepStatistics], bool]) -> int:
    """The first of the last steps in a row for which something holds; the last one where it does not."""
    first = steps[-1].step
    for step in reversed(steps):
        if not holds(step):
            break
        first = step.step
    return first


def examples(steps: History, *kinds: str) -> Sequence[int]:
    """A few rollouts of these kinds out of the newest step that has any."""
    for step in reversed(steps):
        for kind in kinds:
            if step.examples.get(kind):
                return step.examples[kind]
    return ()


def told_steps(steps: History) -> str:
    """How a window is called in a sentence."""
    return "the last step" if len(steps) == 1 else f"the last {len(steps)} steps"
