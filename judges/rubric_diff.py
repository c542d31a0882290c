"""What differs between two rubrics: in words, in what reaches a judge, in the arithmetic, in the version."""

import json
from collections.abc import Sequence

import msgspec

from judges.prompts.changes import prompt_digests, whole_digest
from rubrics.criteria.criterion import Criterion
from rubrics.diff.change import Change, changes_around, changes_of
from rubrics.diff.obstacles import Obstacle, obstacles
from rubrics.diff.pairing import Pairing, pair, reordered
from rubrics.diff.version import Step, step
from rubrics.rubric import PromptLayout, Rubric


class Side(msgspec.Struct, frozen=True):
    """One of the two rubrics."""

    id: str
    version: str
    digest: str
    """Of what reaches the judge or the arithmetic."""
    prompts: str
    """Digest of what reaches the judge."""


class Stated(msgspec.Struct, frozen=True):
    """A criterion that stands in one of the rubrics."""

    criterion: str
    text: str
    """What it asks, or the check, label or classifier as JSON."""


class RubricDiff(msgspec.Struct, frozen=True, kw_only=True):
    """What differs, and which verdicts of the first rubric cannot count under the second."""

    before: Side
    after: Side
    version: Step
    added: Sequence[Stated]
    removed: Sequence[Stated]
    renamed: Sequence[tuple[str, str]]
    reordered: bool
    changes: Sequence[Change]
    asked_anew: Sequence[str]
    """Statements that reach the judge in other words, or for the first time."""
    asked_as_before: Sequence[str]
    """Statements of which every byte that reaches the judge is the same: its cache knows the answers."""
    obstacles: Sequence[Obstacle]

    @property
    def counts(self) -> bool:
        """Whether scores may differ."""
        return self.before.digest != self.after.digest


def diff(
    before: Rubric, after: Rubric, layout: PromptLayout = "criterion_last"
) -> tuple[RubricDiff, Pairing]:
    """Compare two rubrics, asked under the judge's `layout` where they name none."""
    pairing = pair(before, after)
    old, new = prompt_digests(before, layout), prompt_digests(after, layout)
    same = {now.id for was, now in pairing.both if now.id in new and old.get(was.id) == new[now.id]}
    within = [change for was, now in pairing.both for change in changes_of(was, now)]
    found = RubricDiff(
        before=_side(before, layout),
        after=_side(after, layout),
        version=step(before.version, after.version),
        added=[_stated(criterion) for criterion in pairing.added],
        removed=[_stated(criterion) for criterion in pairing.removed],
        renamed=pairing.renamed,
        reordered=reordered(before, pairing),
        changes=[*changes_around(before, after), *within],
        asked_anew=[name for name in new if name not in same],
        asked_as_before=[name for name in new if name in same],
        obstacles=obstacles(before, after, pairing, new.keys() - same),
    )
    return found, pairing


def _side(rubric: Rubric, layout: PromptLayout) -> Side:
    return Side(rubric.id, rubric.version, rubric.digest, whole_digest(rubric, layout))


def _stated(criterion: Criterion) -> Stated:
    if criterion.ask is not None:
        return Stated(criterion.id, criterion.ask)
    written = criterion.model_dump(mode="json", include={"check", "label", "classifier"}, exclude_unset=True)
    return Stated(criterion.id, json.dumps(written, ensure_ascii=False))
