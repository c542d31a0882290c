"""From a rollout's verdicts to the rubric's outcome: gates, failures, then the sum and a short reason."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from rubrics.arithmetic import Pair, aggregated, clip, coverage, lacks_positive, pairs_of
from rubrics.cause import Cause
from rubrics.criteria.criterion import HALF, Criterion
from rubrics.holistic import HOLISTIC
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rubric import Rubric
from rubrics.verdict import ABSTAINED, Verdict

Verdicts = Mapping[str, Verdict]
"""The verdicts reached so far, by criterion id."""

_MOST_NAMED = 4
_NO_CAUSE = {None}


def decided(rubric: Rubric, verdicts: Verdicts) -> Outcome | None:
    """The outcome where a gate or a failure decides it before the sum.

    Gates by code come before judged ones, each in file order: whichever is first closed, or cannot be
    told, decides.
    """
    for gate in rubric.deciding:
        outcome = _at_gate(gate, verdicts.get(gate.id))
        if outcome is not None:
            return outcome
    return _first_failure(rubric, verdicts) if rubric.aggregate.min_coverage == 1.0 else None


def _at_gate(criterion: Criterion, verdict: Verdict | None) -> Outcome | None:
    assert criterion.gate is not None
    if verdict is None:
        return None
    if verdict.cause is not None:
        return _failure(verdict)
    if _closed(verdict):
        return Score(criterion.gate.value, f"gate {criterion.id} closed")
    return None


def _closed(verdict: Verdict) -> bool:
    return verdict.value is not None and verdict.value < HALF


def _first_failure(rubric: Rubric, verdicts: Verdicts) -> Unscored | None:
    if {verdict.cause for verdict in verdicts.values()} <= _NO_CAUSE:
        return None
    reached = (verdicts[c.id] for c in (*rubric.criteria, *rubric.overall) if c.id in verdicts)
    return next((_failure(verdict) for verdict in reached if verdict.cause is not None), None)


def _failure(verdict: Verdict) -> Unscored:
    assert verdict.cause is not None
    return Unscored(verdict.cause, f"{verdict.criterion}: {verdict.reason or verdict.cause}")


def summed(rubric: Rubric, reached: Sequence[Verdict]) -> Outcome:
    """The outcome where no gate or failure decided it: the aggregate of the verdicts that have a value."""
    pairs = pairs_of(_counting(rubric, reached))
    lacking = _lacking(rubric, reached, pairs)
    if lacking is not None:
        return replace(lacking, verdicts=tuple(reached))
    return _capped(rubric, reached, clip(aggregated(rubric.aggregate.method, pairs), rubric.aggregate.range))


def _counting(rubric: Rubric, reached: Sequence[Verdict]) -> Sequence[Verdict]:
    """What is added up: of a holistic rubric its one grade."""
    if rubric.holistic is None:
        return reached
    return [verdict for verdict in reached if verdict.criterion == HOLISTIC]


def _lacking(rubric: Rubric, reached: Sequence[Verdict], pairs: Sequence[Pair]) -> Unscored | None:
    """Why there is too little to add up, if there is."""
    counting = _counting(rubric, reached)
    if all(verdict.skipped for verdict in counting):
        return _nothing_counts(counting)
    covered = coverage(reached)
    if covered < rubric.aggregate.min_coverage or not pairs:
        return Unscored(Cause.LOW_COVERAGE, _gaps(rubric, reached, covered))
    if rubric.aggregate.method == "weighted_mean" and lacks_positive(rubric, pairs):
        return Unscored(Cause.LOW_COVERAGE, "only pitfalls could be judged")
    return None


def _capped(rubric: Rubric, reached: Sequence[Verdict], value: float) -> Outcome:
    """The value under the caps whose criteria are not met. Unscored where a cap that matters is not known."""
    caps = rubric.caps
    at_caps = [verdict for verdict in reached if verdict.criterion in caps] if caps else []
    closed = {verdict.criterion: caps[verdict.criterion] for verdict in at_caps if _closed(verdict)}
    capped = min(value, *closed.values()) if closed else value
    for verdict in at_caps:
        if verdict.cause is not None and caps[verdict.criterion] < capped:
            return replace(_failure(verdict), verdicts=tuple(reached))
    told = _summary(reached)
    if capped < value:
        told += f"; capped by {_named([name for name, cap in closed.items() if cap == capped])}"
    return Score(capped, told, tuple(reached))


def _nothing_counts(skipped: Sequence[Verdict]) -> Unscored:
    if any(verdict.choice == ABSTAINED for verdict in skipped):
        return Unscored(Cause.JUDGE_ABSTAINED, "the judge could not tell on any criterion that applies")
    labelled = any((verdict.reason or "").startswith("no label") for verdict in skipped)
    said = "no criterion has its label" if labelled else "no criterion applies"
    return Unscored(Cause.MISSING_GROUND_TRUTH, said)


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
