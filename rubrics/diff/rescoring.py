"""Saved verdicts under both rubrics: how many tell the new score, and how scores move."""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from rubrics.diff.carrying import Carrying, Saved
from rubrics.outcome import Score
from rubrics.shift import Moved, Shift, shift


class Rescoring(msgspec.Struct, frozen=True, kw_only=True):
    """Rollouts by what is known of them, and the shift over those with a score before and after."""

    rollouts: int
    not_judged: int
    """The first rubric was not applied: the reward's gate was closed."""
    not_told: int
    """Of the others, those whose verdicts do not decide both scores: some would have to be asked for."""
    unscored_before: int
    """Of the others, those without a score under the first rubric."""
    unscored_after: int
    shift: Shift


def rescore(carrying: Carrying, results: Iterable[tuple[str, Saved]]) -> Rescoring:
    """Count (group, verdicts) of rollouts under both rubrics."""
    groups: dict[str, list[Moved]] = defaultdict(list)
    rollouts = not_judged = not_told = before_lost = after_lost = 0
    for group, saved in results:
        rollouts += 1
        if not saved:
            not_judged += 1
            continue
        outcomes = carrying.outcomes(saved)
        if outcomes is None:
            not_told += 1
            continue
        before, after = outcomes
        before_lost += not isinstance(before, Score)
        after_lost += not isinstance(after, Score)
        if isinstance(before, Score) and isinstance(after, Score):
            groups[group].append((before.value, after.value))
    return Rescoring(
        rollouts=rollouts,
        not_judged=not_judged,
        not_told=not_told,
        unscored_before=before_lost,
        unscored_after=after_lost,
        shift=shift(groups.values()),
    )
