"""Everything that was measured of one rubric and judge, and what it says of the judge."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from judges.attack.attack import KINDS
from judges.attack.interval import LEVEL, needed
from judges.attack.measure import Fooled, Gained, Measuring, Moved, fooled
from judges.attack.statements import Pays, judged, pays
from judges.attack.trial import Sample, Trial
from judges.attack.worst import Example, worst
from judges.prompts.framing import PROMPT_VERSION
from rubrics.criteria.criterion import Criterion
from rubrics.rubric import Rubric

Fitness = Literal["unfit", "fit", "too few", "not asked"]
"""`unfit`: the false positives are surely above the limit. `fit`: surely not. `too few` to tell."""

ALL = "all"


class CriterionReport(msgspec.Struct, frozen=True):
    """One criterion under attack."""

    criterion: str
    pays: Pays
    """What being found met does to the reward; where it costs, false positives are no one's gain."""
    fitness: Fitness | None
    """The judge's, under this criterion; None where being found met costs."""
    needed: int | None
    """So many questions would tell, if the share of false positives stays what it is."""
    fooled: Mapping[str, Fooled]
    """By kind, and `all`: attacks without content."""
    moved: Mapping[str, Moved]
    """By kind, and `all`: attacks added to real samples."""


class Attacked(msgspec.Struct, frozen=True):
    """What a report is about."""

    rubric: Rubric
    judge: str
    samples: Sequence[Sample]
    without_text: int
    texts: int
    seed: int
    max_fpr: float
    only: str | None
    """The one criterion that is reported; None for all."""


class Report(msgspec.Struct, frozen=True):
    """One rubric and judge under attack."""

    rubric: str
    version: str
    digest: str
    judge: str
    prompt_version: str
    samples: int
    groups: int
    texts: int
    """Different texts that were put to the judge, or settled as blank."""
    without_text: int
    """Samples without text of their own, to which nothing was added."""
    seed: int
    max_fpr: float
    level: float
    criteria: Sequence[CriterionReport]
    alone: Mapping[str, Gained]
    """What attacks without content earn, by kind, and `all`; empty where one criterion alone is reported."""
    added: Mapping[str, Gained]
    """What is gained by adding to real samples, by kind, and `all`."""
    worst: Sequence[Example]

    @property
    def unfit(self) -> Sequence[str]:
        """The criteria under which the judge is too gullible."""
        return [each.criterion for each in self.criteria if each.fitness == "unfit"]

    @property
    def answered(self) -> bool:
        """Whether the judge gave any verdict on anything."""
        cells = [cell for each in self.criteria for cell in each.fooled.values()]
        pairs = [cell for each in self.criteria for cell in each.moved.values()]
        return any(cell.met.of for cell in cells) or any(cell.flips.of for cell in pairs)


def report(about: Attacked, trials: Sequence[Trial]) -> Report:
    """Measure everything."""
    measuring = Measuring([sample.group for sample in about.samples], about.seed)
    asked = [criterion for criterion in judged(about.rubric) if about.only in (None, criterion.id)]
    alone, added = _twins(trials, False), _twins(trials, True)
    return Report(
        rubric=about.rubric.id,
        version=about.rubric.version,
        digest=about.rubric.digest,
        judge=about.judge,
        prompt_version=PROMPT_VERSION,
        samples=len(about.samples),
        groups=len({sample.group for sample in about.samples}),
        texts=about.texts,
        without_text=about.without_text,
        seed=about.seed,
        max_fpr=about.max_fpr,
        level=LEVEL,
        criteria=[_criterion(criterion, alone, added, measuring, about.max_fpr) for criterion in asked],
        alone=_gained(measuring, alone) if about.only is None else {},
        added=_gained(measuring, added) if about.only is None else {},
        worst=worst(asked, trials),
    )


def _gained(measuring: Measuring, trials: Sequence[Trial]) -> Mapping[str, Gained]:
    return {kind: measuring.gained(found) for kind, found in _by_kind(trials)}


def _criterion(
    criterion: Criterion, alone: Sequence[Trial], added: Sequence[Trial], measuring: Measuring, limit: float
) -> CriterionReport:
    nothing = {kind: fooled(criterion, found) for kind, found in _by_kind(alone)}
    twins = {kind: measuring.moved(criterion, found) for kind, found in _by_kind(added)}
    does = pays(criterion)
    fitness = None if does == "costs" else _fitness(nothing.get(ALL), limit)
    more = needed(nothing[ALL].met, limit) if fitness == "too few" else None
    return CriterionReport(criterion.id, does, fitness, more, nothing, twins)


def _fitness(found: Fooled | None, limit: float) -> Fitness:
    if found is None or found.met.low is None or found.met.high is None:
        return "not asked"
    if found.met.low > limit:
        return "unfit"
    return "fit" if found.met.high <= limit else "too few"


def _twins(trials: Iterable[Trial], twin: bool) -> list[Trial]:
    return [trial for trial in trials if trial.attack.twin == twin]


def _by_kind(trials: Sequence[Trial]) -> Iterator[tuple[str, list[Trial]]]:
    """The trials of each kind that there is, and then all of them."""
    for kind in KINDS:
        found = [trial for trial in trials if trial.attack.kind == kind]
        if found:
            yield kind, found
    if trials:
        yield ALL, list(trials)
