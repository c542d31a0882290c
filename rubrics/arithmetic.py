"""From verdicts to the rubric's value: pure, and the same in any order (every sum is `math.fsum`).

    R = sum(w m) / sum(w > 0)                 pitfalls (w < 0) subtract, so R can fall below 0
    R = 1 + sum(w m) / sum|w|                 where all weights are negative

over the criteria that have a value. m in [0, 1] is a verdict's value, w its weight. The other methods take
g = m, or 1 - m for a pitfall:

    min        the least g             product    of all g             all    1 where each g >= 0.5, else 0
"""

import math
from collections.abc import Iterable, Sequence

from rubrics.aggregate import Method
from rubrics.criteria.criterion import HALF, Criterion
from rubrics.rubric import Rubric
from rubrics.verdict import Verdict

Pair = tuple[float, float]
"""A weight and a value."""


def weighted_mean(pairs: Sequence[Pair]) -> float:
    """The rubric's value before clipping, of at least one (weight, value).

    All weights are negative only where all of the rubric's are: see `lacks_positive`.
    """
    gained = math.fsum(weight * value for weight, value in pairs)
    positive = math.fsum(weight for weight, _ in pairs if weight > 0)
    if positive > 0:
        return gained / positive
    return 1.0 + gained / size(pairs)


def aggregated(method: Method, pairs: Sequence[Pair]) -> float:
    """The value of at least one (weight, value). `holistic` is the mean of its one grade."""
    match method:
        case "weighted_mean" | "holistic":
            return weighted_mean(pairs)
        case "min":
            return min(map(_gain, pairs))
        case "product":
            return math.prod(sorted(map(_gain, pairs)))  # sorted: a product rounds by its order
        case "all":
            return float(all(_gain(pair) >= HALF for pair in pairs))


def _gain(pair: Pair) -> float:
    """g: how well a criterion was done, pitfalls included."""
    weight, value = pair
    return value if weight > 0 else 1.0 - value


def lacks_positive(rubric: Rubric, pairs: Sequence[Pair]) -> bool:
    """Whether a rubric that rewards is left with pitfalls alone, whose formula would be another one."""
    return rubric.rewards and all(weight < 0 for weight, _ in pairs)


def size(pairs: Iterable[Pair]) -> float:
    """The total weight, signs aside."""
    return math.fsum(abs(weight) for weight, _ in pairs)


def pairs_of(verdicts: Iterable[Verdict]) -> list[Pair]:
    """(weight, value) of the verdicts that have a value."""
    return [(v.weight, v.value) for v in verdicts if v.weight is not None and v.value is not None]


def coverage(verdicts: Sequence[Verdict]) -> float:
    """The judged share of the weight. What was skipped for want of a label carries none."""
    wanted = math.fsum(abs(v.weight) for v in verdicts if v.weight is not None)
    return size(pairs_of(verdicts)) / wanted if wanted else 0.0


def clip(value: float, bounds: Sequence[float] | None) -> float:
    """The value within [low, high]."""
    return value if bounds is None else min(max(value, bounds[0]), bounds[1])


def _may_be_missing(rubric: Rubric, criterion: Criterion) -> bool:
    """Whether a rollout that is scored can be without a value for this criterion."""
    abstains = criterion.ask is not None and rubric.aggregate.abstain == "skip"
    return criterion.label_path is not None or criterion.when is not None or abstains


def bounds(rubric: Rubric) -> Pair:
    """The least and the greatest value the rubric can give: its `range`, or what its weights allow.

    Criteria that may be missing (no label, or `min_coverage` below 1) leave fewer positive weights to
    divide by, so they widen it.
    """
    if rubric.aggregate.range is not None:
        return rubric.aggregate.range[0], rubric.aggregate.range[1]
    if rubric.aggregate.method != "weighted_mean":
        return 0.0, 1.0
    positive = [criterion for criterion in rubric.criteria if criterion.weight > 0]
    pitfalls = [rubric.weight_range(criterion)[1] for criterion in rubric.criteria if criterion.weight < 0]
    if not positive or not pitfalls:
        return 0.0, 1.0
    sure = rubric.aggregate.min_coverage == 1.0
    certain = [rubric.weight_range(c)[0] for c in positive if sure and not _may_be_missing(rubric, c)]
    least = math.fsum(certain) or min(rubric.weight_range(c)[0] for c in positive)
    return -math.fsum(pitfalls) / least, 1.0
