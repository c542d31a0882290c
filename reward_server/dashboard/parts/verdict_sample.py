"""Verdicts of a run's newest rollouts, with the labels that people gave them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from reward_server.store.content import Content
from reward_server.store.reading import Run, Store
from rubrics.agreement.kappa import kappa_of_two
from rubrics.completion import Completion
from rubrics.criteria.label import YES, label_key, yes_or_no
from rubrics.rollout import Rollout
from rubrics.verdict import Verdict

MOST = 1_000
"""Rollouts that are read: newest steps first."""
LABELS = "metadata.labels"
"""Where the labels of a rollout stand, unless its rubric says."""

_CONTENTS = (
    "SELECT details.content FROM rollouts JOIN details ON details.rollout = rollouts.id "
    "WHERE rollouts.run = ? AND rollouts.step = ? ORDER BY rollouts.id DESC LIMIT ?"
)
_DECODER = msgspec.json.Decoder(Content)
_HALF = 0.5


class Sampled(msgspec.Struct, frozen=True, kw_only=True):
    """One criterion over the sample."""

    verdicts: int
    unscored: int
    """Verdicts that have no value, through no fault of the policy's."""
    least_weight: float | None
    greatest_weight: float | None
    labelled: int
    """Verdicts with a value, of rollouts that have a label for the criterion."""
    agreement: float | None
    """Share of those on the label's side."""
    kappa: float | None
    """Cohen's kappa of verdicts and labels; null where one answer is all there is."""


def sample(store: Store, run: Run, paths: Mapping[str, str]) -> Mapping[str, Sampled]:
    """Each criterion over the newest rollouts of a run.

    `paths` says where the labels of a criterion stand; those of others at `metadata.labels`, by criterion.
    """
    found: dict[str, list[tuple[Verdict, bool | None]]] = defaultdict(list)
    for content in _newest(store, run):
        for verdict in content.result.verdicts or ():
            if not verdict.skipped:
                found[verdict.criterion].append(
                    (
                        verdict,
                        _label(content, paths.get(verdict.criterion) or f"{LABELS}.{verdict.criterion}"),
                    )
                )
    return {criterion: _sampled(verdicts) for criterion, verdicts in found.items()}


def _newest(store: Store, run: Run) -> Iterator[Content]:
    left = MOST
    for step, rollouts, _ in reversed(store.steps(run.id)):
        for (content,) in store.rows(_CONTENTS, run.id, step, left):
            yield _DECODER.decode(content)
        left -= rollouts
        if left <= 0:
            return


def _label(content: Content, path: str) -> bool | None:
    rollout = Rollout(
        id="", completion=Completion(""), ground_truth=content.ground_truth, metadata=dict(content.metadata)
    )
    key = label_key(rollout.lookup(path))
    word = None if key is None else yes_or_no(key)
    return None if word is None else word == YES


def _sampled(verdicts: Sequence[tuple[Verdict, bool | None]]) -> Sampled:
    weights = [verdict.weight for verdict, _ in verdicts if verdict.weight is not None]
    pairs = list(_pairs(verdicts))
    return Sampled(
        verdicts=len(verdicts),
        unscored=sum(verdict.cause is not None for verdict, _ in verdicts),
        least_weight=min(weights, default=None),
        greatest_weight=max(weights, default=None),
        labelled=len(pairs),
        agreement=sum(found == label for found, label in pairs) / len(pairs) if pairs else None,
        kappa=_kappa(pairs),
    )


def _pairs(verdicts: Iterable[tuple[Verdict, bool | None]]) -> Iterator[tuple[bool, bool]]:
    """What was found, before `expect`, and the label."""
    for verdict, label in verdicts:
        found = verdict.value if verdict.probability is None else verdict.probability
        if found is not None and label is not None:
            yield found >= _HALF, label


def _kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    counts = [sum(pair == kind for pair in pairs) for kind in _KINDS]
    return kappa_of_two(*counts) if pairs else None


_KINDS = ((False, False), (True, False), (False, True), (True, True))
