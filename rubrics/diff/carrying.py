"""Verdicts given under one rubric, counted under another: no judge, and no rollouts either."""

from collections.abc import Mapping, Sequence

import msgspec

from rubrics.assessment import conclude, pending
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.conclusion import decided
from rubrics.criteria.criterion import HALF, Criterion
from rubrics.criteria.expectation import worth
from rubrics.diff.obstacles import Obstacle, weighs_by_label
from rubrics.diff.pairing import Pairing
from rubrics.outcome import Outcome
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric
from rubrics.verdict import ABSTAINED, Verdict

ANY = Rollout(id="", completion=Completion(""))
"""Stands for a rollout where nothing depends on which one it is."""

Saved = Mapping[str, Verdict]
"""The verdicts of one rollout, by criterion."""


class Carrying:
    """Carries the verdicts of rollouts from one rubric to another."""

    def __init__(
        self, before: Rubric, after: Rubric, pairing: Pairing, obstacles: Sequence[Obstacle]
    ) -> None:
        self._before = before
        self._after = after
        stuck = {obstacle.criterion for obstacle in obstacles}
        both = [*pairing.both, *zip(before.overall, after.overall, strict=False)]
        self._pairs = [pair for pair in both if pair[1].id not in stuck]
        self._blocked = any(c.gate is not None and c.id in stuck for c in after.criteria)
        self._same_rule = before.aggregate.abstain == after.aggregate.abstain

    def outcomes(self, saved: Saved) -> tuple[Outcome, Outcome] | None:
        """The rollout's outcomes before and after; None where its verdicts do not decide either.

        A gate whose verdict is not known could decide everything, so then nothing is.
        """
        if not self._same_rule and any(map(_abstained, saved.values())):
            return None
        carried = {
            after.id: self._carry(was, after, saved[was.id]) for was, after in self._pairs if was.id in saved
        }
        if self._blocked or pending(self._before, saved) or not self._told(carried):
            return None
        return conclude(self._before, saved), self._concluded(carried)

    def _concluded(self, carried: Saved) -> Outcome:
        """What needs no judge comes first: where it decides, nobody would have been asked now."""
        settled = self._settled(carried)
        return conclude(self._after, carried if decided(self._after, settled) is None else settled)

    def _settled(self, carried: Saved) -> Saved:
        """The verdicts that needed no judge."""
        code = {c.id for c in self._after.criteria if not c.judged}
        return {name: each for name, each in carried.items() if name in code or _unasked(each)}

    def _told(self, carried: Saved) -> bool:
        """Whether these verdicts decide, whatever those would say that are not there."""
        code = {c.id for c in self._after.criteria if not c.judged}
        if decided(self._after, self._settled(carried)) is not None:
            return True
        if any(c.id not in carried for c in self._after.criteria if c.judged and c.decides):
            return False
        if decided(self._after, carried) is not None:
            return not any(_may_fail(c) for c in self._after.criteria if c.id in code - carried.keys())
        return code <= carried.keys() and not pending(self._after, carried)

    def _carry(self, was: Criterion, criterion: Criterion, saved: Verdict) -> Verdict:
        if saved.skipped:
            return msgspec.structs.replace(saved, criterion=criterion.id)
        return msgspec.structs.replace(
            saved,
            criterion=criterion.id,
            value=self._value(was, criterion, saved),
            weight=self._weight(was, criterion, saved),
        )

    def _value(self, was: Criterion, criterion: Criterion, saved: Verdict) -> float | None:
        if saved.value is None:
            return None
        if saved.choice == ABSTAINED:
            return 0.0 if criterion.weight > 0 else 1.0
        if criterion.judged and saved.probability is None:  # blank text: the worst there is
            return 0.0 if self._after.rewards else 1.0
        if was.expect == criterion.expect:
            return saved.value
        found = saved.probability if saved.probability is not None else _found(was, saved.value)
        return worth(found, _constant(criterion))

    def _weight(self, was: Criterion, criterion: Criterion, saved: Verdict) -> float | None:
        if saved.weight is not None and weighs_by_label(self._after) and criterion.label_path is not None:
            return criterion.weight * (saved.weight / was.weight)
        return self._after.weight_of(criterion, ANY)


def _may_fail(criterion: Criterion) -> bool:
    """Whether code may leave it without a value, which could come before any gate is asked."""
    return criterion.label_path is not None or (
        criterion.check is not None and criterion.check.python is not None
    )


_OF_THE_SAMPLE = {Cause.MISSING_GROUND_TRUTH, Cause.INVALID_GROUND_TRUTH, Cause.MISSING_FIELD}


def _unasked(verdict: Verdict) -> bool:
    """Whether the verdict on a statement came without a judge: skipped, a sample's fault, or blank text."""
    if verdict.cause is not None:
        return verdict.cause in _OF_THE_SAMPLE
    return verdict.probability is None and verdict.choice != ABSTAINED


def _abstained(verdict: Verdict) -> bool:
    return verdict.choice == ABSTAINED or verdict.cause is Cause.JUDGE_ABSTAINED


def _constant(criterion: Criterion) -> float:
    expected = criterion.target(ANY)
    assert isinstance(expected, float), "an expectation by label that changed is an obstacle"
    return expected


def _found(was: Criterion, value: float) -> float:
    """What code found, out of what it was worth: 1 - |found - 1|, or 1 - |found - 0|."""
    return value if _constant(was) >= HALF else 1.0 - value
