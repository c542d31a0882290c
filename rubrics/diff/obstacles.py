"""What keeps saved verdicts of one rubric from counting under another, criterion by criterion."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Literal

import msgspec

from rubrics.criteria.criterion import Criterion
from rubrics.criteria.expectation import ExpectedLabel
from rubrics.diff.pairing import Pairing
from rubrics.holistic import HOLISTIC
from rubrics.rubric import Rubric

Need = Literal["judge", "rollouts", "levels"]
"""`judge`: it has to be asked. `rollouts`: code decides, but from the rollouts. `levels`: the answer is the
same, but only its mean was saved."""


class Obstacle(msgspec.Struct, frozen=True):
    """A criterion whose saved verdicts do not tell its value now."""

    criterion: str
    need: Need
    why: str


def obstacles(before: Rubric, after: Rubric, pairing: Pairing, anew: AbstractSet[str]) -> list[Obstacle]:
    """One for each criterion that needs more than saved verdicts. `anew` are those whose prompt changed."""
    found = [_added(criterion) for criterion in pairing.added]
    if after.holistic is not None and (before.holistic is None or HOLISTIC in anew):
        found.append(Obstacle(HOLISTIC, "judge", "the judge was never asked for this grade"))
    for was, criterion in pairing.both:
        found += [Obstacle(criterion.id, *why) for why in _between(before, after, was, criterion, anew)][:1]
    order = [criterion.id for criterion in (*after.criteria, *after.overall)]
    return sorted(found, key=lambda obstacle: order.index(obstacle.criterion))


def _added(criterion: Criterion) -> Obstacle:
    if criterion.judged:
        return Obstacle(criterion.id, "judge", "the judge was never asked")
    return Obstacle(criterion.id, "rollouts", "code decides it, from the completions")


def _between(
    before: Rubric, after: Rubric, was: Criterion, criterion: Criterion, anew: AbstractSet[str]
) -> Iterator[tuple[Need, str]]:
    if criterion.id in anew:
        yield "judge", "the judge reads other words"
    elif criterion.ask is not None and _put(before, was) != _put(after, criterion):
        yield "judge", "it is asked in another way"
    elif criterion.classifier != was.classifier:
        yield "judge", "another classifier, or other texts, decide it"
    elif criterion.kind != was.kind or criterion.check != was.check or criterion.label != was.label:
        yield "rollouts", "code decides it otherwise, from the completions"
    elif criterion.scale != was.scale:
        yield "levels", "its levels have other values, and only the mean over the old ones was saved"
    if criterion.when != was.when:
        yield "rollouts", "whether it applies depends on each rollout's sample"
    if criterion.expect != was.expect and (_labelled(criterion) or _labelled(was)):
        yield "rollouts", "what is expected depends on each rollout's label"
    if _weighed_by_label(after, criterion) and (
        before.weights != after.weights or not _same_label(was, criterion)
    ):
        yield "rollouts", "its weight depends on each rollout's label"


def _put(rubric: Rubric, criterion: Criterion) -> object:
    """What decides on a reading besides the prompt's words."""
    counted = (rubric.judge.reduce, rubric.judge.min_votes)
    asked = (rubric.judge.batch, rubric.judge.reason_first, rubric.holistic is None)
    return rubric.samples_of(criterion), criterion.evidence, counted, asked


def _labelled(criterion: Criterion) -> bool:
    return isinstance(criterion.expect, ExpectedLabel)


def _same_label(was: Criterion, criterion: Criterion) -> bool:
    return was.label_path == criterion.label_path and was.id == criterion.id


def _weighed_by_label(rubric: Rubric, criterion: Criterion) -> bool:
    return weighs_by_label(rubric) and criterion.label_path is not None


def weighs_by_label(rubric: Rubric) -> bool:
    """Whether weights differ from rollout to rollout."""
    return rubric.weights.mode == "inverse_frequency" and rubric.weights.scope == "criterion_label"
