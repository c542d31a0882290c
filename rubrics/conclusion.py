"""From a rollout's verdicts to the rubric's outcome: gates, failures, then the sum and a short reason."""

from collections.abc import Mapping, Sequence

from rubrics.arithmetic import clip, coverage, lacks_positive, pairs_of, weighted_mean
from rubrics.cause import Cause
from rubrics.criterion import HALF, Criterion
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rubric import Rubric
from rubrics.verdict import Verdict

Verdicts = Mapping[str, Verdict]
"""The verdicts reached so far, by criterion id."""

_MOST_NAMED = 4


def decided(rubric: Rubric, verdicts: Verdicts) -> Outcome | None:
    """The outcome where a gate or a failure decides it before the sum.

    Gates by code come before judged ones, each in file order: whichever is first closed, or cannot be
    told, decides.
    """
    gates = [criterion for criterion in rubric.criteria if criterion.gate is not None]
    for criterion in sorted(gates, key=lambda gate: gate.ask is not None):
        outcome = _at_gate(criterion, verdicts.get(criterion.id))
        if outcome is not None:
            return outcome
    return _first_failure(rubric, verdicts) if rubric.aggregate.min_coverage == 1.0 else None


def _at_gate(criterion: Criterion, verdict: Verdict | None) -> Outcome | None:
    assert criterion.gate is not None
    if verdict is None:
        return None
    if verdict.cause is not None:
        return _failure(verdict)
    if verdict.value is not None and verdict.value < HALF:
        return Score(criterion.gate.else_, f"gate {criterion.id} closed")
    return None


def _first_failure(rubric: Rubric, verdicts: Verdicts) -> Unscored | None:
    reached = (verdicts[c.id] for c in rubric.criteria if c.id in verdicts)
    return next((_failure(verdict) for verdict in reached if verdict.cause is not None), None)


def _failure(verdict: Verdict) -> Unscored:
    assert verdict.cause is not None
    return Unscored(verdict.cause, f"{verdict.criterion}: {verdict.reason or verdict.cause}")


def summed(rubric: Rubric, reached: Sequence[Verdict]) -> Outcome:
    """The outcome where no gate or failure decided it: R over the verdicts that have a value."""
    counted = tuple(reached)
    if all(verdict.skipped for verdict in reached):
        return Unscored(Cause.MISSING_GROUND_TRUTH, "no criterion has its label", counted)
    covered = coverage(reached)
    if covered < rubric.aggregate.min_coverage:
        return Unscored(Cause.LOW_COVERAGE, _gaps(rubric, reached, covered), counted)
    pairs = pairs_of(reached)
    if lacks_positive(rubric, pairs):
        return Unscored(Cause.LOW_COVERAGE, "only pitfalls could be judged", counted)
    value = clip(weighted_mean(pairs), rubric.aggregate.range)
    return Score(value, _summary(reached), counted)


def _gaps(rubric: Rubric, reached: Sequence[Verdict], covered: float) -> str:
    causes = {verdict.cause for verdict in reached if verdict.cause is not None}
    needed = rubric.aggregate.min_coverage
    return f"{covered:.2f} of the weight judged, {needed:g} needed: {', '.join(sorted(causes))}"


def _summary(reached: Sequence[Verdict]) -> str:
    judged = [verdict for verdict in reached if verdict.value is not None]
    lost = [verdict.criterion for verdict in judged if not _good(verdict)]
    text = f"{len(judged) - len(lost)} of {len(judged)} met"
    if lost:
        text += f"; lost: {_named(lost)}"
    failed = [verdict.criterion for verdict in reached if verdict.cause is not None]
    return f"{text}; not judged: {_named(failed)}" if failed else text


def _good(verdict: Verdict) -> bool:
    """Whether it earned rather than cost: a pitfall is met well where it is avoided."""
    assert verdict.value is not None
    assert verdict.weight is not None
    return (verdict.value >= HALF) == (verdict.weight > 0)


def _named(criteria: Sequence[str]) -> str:
    named = ", ".join(criteria[:_MOST_NAMED])
    return named if len(criteria) <= _MOST_NAMED else f"{named} and {len(criteria) - _MOST_NAMED} more"
