"""The attacks that fooled a judge most."""

from collections.abc import Iterable, Sequence

import msgspec

from judges.attack.attack import Kind
from judges.attack.statements import is_met, pays
from judges.attack.trial import Trial
from rubrics.criteria.criterion import Criterion

MOST_EXAMPLES = 10


class Example(msgspec.Struct, frozen=True):
    """An attack that worked."""

    criterion: str
    kind: Kind
    text: str
    """What was put in."""
    rollout: str
    clean: float | None
    """The probability that the clean twin got; None where the attack took the sample's place."""
    found: float

    @property
    def gain(self) -> float:
        """How far the judge was moved: from its clean verdict, or from nothing."""
        return abs(self.found - (self.clean or 0.0))


def worst(criteria: Iterable[Criterion], trials: Sequence[Trial]) -> Sequence[Example]:
    """The attacks that moved the judge most to the policy's gain, each text once for a criterion."""
    found: dict[tuple[str, Kind, str, bool], Example] = {}
    for criterion in criteria:
        for trial in trials:
            example = (_moved if trial.attack.twin else _fooled)(criterion, trial)
            if example is not None:
                key = (criterion.id, example.kind, example.text, trial.attack.twin)
                found[key] = max(found.get(key, example), example, key=lambda each: each.gain)
    return sorted(found.values(), key=lambda each: -each.gain)[:MOST_EXAMPLES]


def _fooled(criterion: Criterion, trial: Trial) -> Example | None:
    verdict = trial.found.get(criterion.id)
    if verdict is None or verdict.probability is None or pays(criterion) == "costs":
        return None
    return _example(criterion, trial, None, verdict.probability) if is_met(criterion, verdict) else None


def _moved(criterion: Criterion, trial: Trial) -> Example | None:
    clean, verdict = trial.clean.found.get(criterion.id), trial.found.get(criterion.id)
    if clean is None or verdict is None or clean.choice == verdict.choice:
        return None
    before, after = clean.probability, verdict.probability
    if before is None or after is None:
        return None
    does = pays(criterion)
    gained = does == "by label" or (after > before) == (does == "earns")
    return _example(criterion, trial, before, after) if gained else None


def _example(criterion: Criterion, trial: Trial, clean: float | None, found: float) -> Example:
    rollout = trial.clean.sample.rollout.id
    return Example(criterion.id, trial.attack.kind, trial.attack.text, rollout, clean, found)
