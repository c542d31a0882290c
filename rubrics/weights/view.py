"""What each criterion of a rubric really weighs, label by label, and how far it moves the rubric's value.

With W the sum of the positive weights (of all weights where there are pitfalls alone), a criterion of weight
w moves R = sum(w m) / W by |w| / W when it turns from 0 to 1. Both depend on the sample's labels where an
inverse-frequency table is used, so both are ranges; each is of a sample to which every criterion applies.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from rubrics.aggregate import Method
from rubrics.arithmetic import bounds
from rubrics.criteria.criterion import Criterion, Kind
from rubrics.rubric import Rubric
from rubrics.weights.factors import label_weight, met_factors

Range = tuple[float, float]
"""Least and greatest."""


class LabelWeight(msgspec.Struct, frozen=True, kw_only=True):
    """What a criterion weighs for samples with one label; for all where labels do not decide its weight."""

    label: str | None = None
    """A label that it can have; `met` where the table counts that. None: all samples, or, beside labels, any
    other one."""
    count: int | None = None
    """How often the table counts it."""
    factor: float = 1.0
    """What the table multiplies the written weight by."""
    weight: float
    """What it weighs, with its sign."""
    share: Range | None = None
    """Of the positive weight, over the labels that the other criteria can have. A pitfall's share is what it
    costs. None where the aggregation does not weigh."""


class CriterionWeight(msgspec.Struct, frozen=True, kw_only=True):
    """What one criterion weighs."""

    criterion: str
    kind: Kind
    written: float
    """The weight as its author wrote it."""
    importance: str | None = None
    """The word it was written as."""
    labels: tuple[LabelWeight, ...]
    share: Range | None = None
    """Over all of its labels."""
    moves: Range | None = None
    """How much the rubric's value moves when the criterion turns from 0 to 1: negative for a pitfall, and
    never more than `aggregate.range` is wide."""
    gate: str | None = None
    """What its gate does to the whole value, whatever it weighs."""


class WeightView(msgspec.Struct, frozen=True, kw_only=True):
    """What all criteria weigh."""

    rubric: str
    version: str
    mode: str
    scope: str | None = None
    smoothing: float | None = None
    max_ratio: float | None = None
    method: Method
    bounds: Range
    """The least and the greatest value of the rubric."""
    criteria: tuple[CriterionWeight, ...]


def view(rubric: Rubric) -> WeightView:
    """What the criteria of a loaded rubric weigh, in file order."""
    tabled = rubric.weights.mode == "inverse_frequency"
    rows = [_rows(rubric, criterion) for criterion in rubric.criteria]
    return WeightView(
        rubric=rubric.id,
        version=rubric.version,
        mode=rubric.weights.mode,
        scope=rubric.weights.scope if tabled else None,
        smoothing=rubric.weights.smoothing if tabled else None,
        max_ratio=rubric.weights.max_ratio if tabled else None,
        method=rubric.aggregate.method,
        bounds=bounds(rubric),
        criteria=tuple(_Shares(rubric, rows).all()),
    )


Rows = Sequence[LabelWeight]


def _rows(rubric: Rubric, criterion: Criterion) -> Rows:
    """The weights of one criterion, without shares."""
    weights = rubric.weights
    if weights.mode == "uniform":
        return [LabelWeight(weight=math.copysign(1.0, criterion.weight))]
    if weights.mode == "inverse_frequency" and weights.scope == "verdict":
        return [_by_verdict(rubric, criterion)]
    if weights.mode == "inverse_frequency" and criterion.label_path is not None:
        return [*_by_label(rubric, criterion)]
    return [LabelWeight(weight=criterion.weight)]


def _by_verdict(rubric: Rubric, criterion: Criterion) -> LabelWeight:
    weights = rubric.weights
    factor = met_factors(weights.counts, weights.smoothing, weights.max_ratio)[criterion.id]
    count = weights.counts[criterion.id].get("met", 0)
    return LabelWeight(label="met", count=count, factor=factor, weight=criterion.weight * factor)


def _by_label(rubric: Rubric, criterion: Criterion) -> Iterator[LabelWeight]:
    counts = Counter[str]()
    for key, count in rubric.weights.counts[criterion.id].items():
        counts[criterion.label_name(key) or key] += count
    for label in dict.fromkeys((*counts, *_possible(criterion))):
        name = "\0" if label is None else label
        factor = label_weight(counts, name, rubric.weights.smoothing, rubric.weights.max_ratio)
        weight = criterion.weight * factor
        yield LabelWeight(label=label, count=counts.get(name, 0), factor=factor, weight=weight)


def _possible(criterion: Criterion) -> Sequence[str | None]:
    """The labels a criterion can have; None for any that nobody listed."""
    if criterion.label is None:
        return criterion.choices
    return (None,) if criterion.label.labels is None else tuple(criterion.label.labels)


class _Shares:
    """The rows of all criteria, on their way to shares."""

    def __init__(self, rubric: Rubric, rows: Sequence[Rows]) -> None:
        self._rubric = rubric
        self._rows = rows
        pairs = zip(rubric.criteria, rows, strict=True)
        self._divisor = {c.id: _range(found) for c, found in pairs if c.weight > 0 or not rubric.rewards}
        """The sizes of the weights that are divided by."""

    def all(self) -> Iterator[CriterionWeight]:
        for criterion, rows in zip(self._rubric.criteria, self._rows, strict=True):
            shared = [msgspec.structs.replace(row, share=self._share(criterion, row)) for row in rows]
            share = _hull([row.share for row in shared if row.share is not None])
            yield CriterionWeight(
                criterion=criterion.id,
                kind=criterion.kind,
                written=criterion.weight,
                importance=criterion.importance,
                labels=tuple(shared),
                share=share,
                moves=share and self._moves(criterion, share),
                gate=_gate(criterion),
            )

    def _share(self, criterion: Criterion, row: LabelWeight) -> Range | None:
        if self._rubric.aggregate.method != "weighted_mean":
            return None
        own = abs(row.weight)
        others = [sizes for name, sizes in self._divisor.items() if name != criterion.id]
        least, greatest = (math.fsum(sizes[end] for sizes in others) for end in (0, 1))
        among = own if criterion.id in self._divisor else 0.0
        return own / (among + greatest), own / (among + least)

    def _moves(self, criterion: Criterion, share: Range) -> Range:
        """The share with the sign of the weight, within the width of the range."""
        clip = self._rubric.aggregate.range
        width = math.inf if clip is None else clip[1] - clip[0]
        least, greatest = min(share[0], width), min(share[1], width)
        return (least, greatest) if criterion.weight > 0 else (-greatest, -least)


def _range(rows: Rows) -> Range:
    sizes = [abs(row.weight) for row in rows]
    return min(sizes), max(sizes)


def _hull(ranges: Sequence[Range]) -> Range | None:
    return (min(low for low, _ in ranges), max(high for _, high in ranges)) if ranges else None


def _gate(criterion: Criterion) -> str | None:
    if criterion.gate is None:
        return None
    return f"{'else' if criterion.decides else 'cap'} {criterion.gate.value:g}"
