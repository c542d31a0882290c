"""From the outcomes of a case to the results of its expectations."""

from collections.abc import Collection, Iterator, Sequence

import msgspec

from rubrics.cause import Cause
from rubrics.goldens.findings import NOTHING
from rubrics.goldens.goldens import Case, ValueBounds
from rubrics.goldens.results import Observation, Result
from rubrics.outcome import Outcome, Unscored


class Runs(msgspec.Struct, frozen=True):
    """The outcomes of one case, run by run."""

    tried: Sequence[Outcome]
    """Of `trial.trial`: a verdict on each criterion. Empty where the case expects nothing of criteria."""
    whole: Sequence[Outcome]
    """Of the rubric as it is. Empty where the case expects nothing of its value."""


def compared(case: Case, index: int, runs: Runs, only: Collection[str] | None = None) -> Iterator[Result]:
    """The results of the case at `index` of the goldens; with `only`, those of these criteria."""
    for name, expected in case.expect.items():
        if only is None or name in only:
            found = [seen(run, name, expected) for run in runs.tried]
            yield Result(case.id, name, expected, ("cases", index, "expect", name), found)
    if case.value is not None and runs.whole:
        valued = [seen_value(run, case.value) for run in runs.whole]
        yield Result(case.id, None, str(case.value), ("cases", index, "value"), valued)


def seen(outcome: Outcome, criterion: str, expected: str) -> Observation:
    """What an outcome says of one criterion."""
    verdict = next((v for v in outcome.verdicts if v.criterion == criterion), None)
    if verdict is None:
        return _unseen(outcome)
    if verdict.cause is not None:
        return Observation(None, None, reason=verdict.reason, cause=verdict.cause)
    found = verdict.choice or NOTHING
    return Observation(found, found == expected, verdict.probability, verdict.reason)


def _unseen(outcome: Outcome) -> Observation:
    """Grading itself failed: a trial reaches every criterion."""
    if isinstance(outcome, Unscored):
        return Observation(None, None, reason=outcome.detail, cause=outcome.cause)
    return Observation(None, None, cause=Cause.COMPONENT_ERROR)


def seen_value(outcome: Outcome, bounds: ValueBounds) -> Observation:
    """What an outcome says of the rubric's value."""
    if isinstance(outcome, Unscored):
        return Observation(None, None, reason=outcome.detail, cause=outcome.cause)
    return Observation(f"{outcome.value:.4g}", bounds.hold(outcome.value), outcome.value, outcome.reason)
