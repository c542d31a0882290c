"""Two verdicts on each of many rollouts, compared criterion by criterion."""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import fsum

import msgspec

from rubrics.cause import Cause
from rubrics.verdict import Verdict

Pair = tuple[Verdict | None, Verdict | None]
"""The verdicts on one rollout, before and after; None stands for a verdict that was not reached."""


class Comparison(msgspec.Struct, frozen=True):
    """One criterion, judged twice."""

    criterion: str
    compared: int
    """Rollouts with a verdict both times."""
    flips: int
    """How many of them got another choice."""
    difference: float | None
    """Mean absolute difference of the probabilities (expected values on a scale); None without any."""
    shift: float | None
    """Mean of the second minus the first: whether more is found; None without any."""
    causes: Mapping[Cause, int]
    """Why others had no verdict, one time at least, with the number of rollouts."""

    @property
    def agreement(self) -> float | None:
        """Share of the rollouts that got the same choice; None without any."""
        return 1 - self.flips / self.compared if self.compared else None


def compared(criterion: str, pairs: Iterable[Pair]) -> Comparison:
    """Compare the verdicts on one criterion, a pair for each rollout."""
    flips, shifts, causes = 0, [], Counter[Cause]()
    for before, after in pairs:
        causes.update({cause for cause in (_cause(before), _cause(after)) if cause is not None})
        if before is None or after is None or before.probability is None or after.probability is None:
            continue
        flips += before.choice != after.choice
        shifts.append(after.probability - before.probability)
    return Comparison(criterion, len(shifts), flips, _mean(map(abs, shifts)), _mean(shifts), causes)


def _cause(verdict: Verdict | None) -> Cause | None:
    return Cause.COMPONENT_ERROR if verdict is None else verdict.cause


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return fsum(found) / len(found) if found else None
