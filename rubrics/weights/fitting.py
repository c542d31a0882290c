"""Fit weight tables: count labels, or verdicts, in the rows of a data set. Offline, never in a request.

A row counts once, so fit on prompts, or on rollouts where each prompt has equally many.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from rubrics.completion import Completion
from rubrics.criteria.criterion import HALF, Criterion
from rubrics.criteria.label import label_key
from rubrics.problems import ConfigError
from rubrics.rollout import Json, Rollout
from rubrics.rubric import Rubric
from rubrics.verdict import MET, UNMET
from rubrics.weights.factors import MAX_RATIO, SMOOTHING
from rubrics.weights.table import CriterionTable, SampleTable

Row = Mapping[str, Json]
"""One line of a data set as plain data: with `ground_truth` and `metadata`, or a result with `verdicts`."""

MAX_LABELS = 1000
"""More different labels than this are not classes."""


def fit_sample_label(
    rows: Iterable[Row], path: str, smoothing: float = SMOOTHING, max_ratio: float = MAX_RATIO
) -> SampleTable:
    """Count the labels at `path`. Raises ConfigError where no row has one."""
    counts: Counter[str] = Counter()
    for row in rows:
        key = label_key(_rollout(row).lookup(path))
        if key is not None:
            counts[key] += 1
    _check(counts, path)
    options = {"smoothing": smoothing, "max_ratio": max_ratio}
    return SampleTable.model_validate({"label": path, "counts": dict(sorted(counts.items())), **options})


def fit_criterion_label(
    rows: Iterable[Row], rubric: Rubric, smoothing: float = SMOOTHING, max_ratio: float = MAX_RATIO
) -> CriterionTable:
    """Count the human labels of each criterion that has them. Raises ConfigError where one is never found."""
    labelled = [criterion for criterion in rubric.criteria if criterion.label_path is not None]
    if not labelled:
        raise ConfigError(
            f"no criterion of {rubric.id} has a human label",
            hint="give one `expect: {label: path}` or `label: {field, equals}`, or use `--scope verdict`",
        )
    counts = {criterion.id: Counter(dict.fromkeys(_known_labels(criterion), 0)) for criterion in labelled}
    for row in rows:
        rollout = _rollout(row)
        for criterion in labelled:
            label = criterion.label_of(rollout)
            if label is not None:
                counts[criterion.id][label] += 1
    for criterion in labelled:
        _check(counts[criterion.id], str(criterion.label_path))
    return _criterion_table("criterion_label", counts, smoothing, max_ratio)


def fit_verdict(
    rows: Iterable[Row], rubric: Rubric, smoothing: float = SMOOTHING, max_ratio: float = MAX_RATIO
) -> CriterionTable:
    """Count how often each criterion was met (value 0.5 or more) in saved results that hold `verdicts`.

    Raises ConfigError where a criterion was never judged.
    """
    counts = {criterion.id: Counter({MET: 0, UNMET: 0}) for criterion in rubric.criteria}
    for row in rows:
        for criterion, value in _values(row):
            if criterion in counts:
                counts[criterion][MET if value >= HALF else UNMET] += 1
    never = [criterion for criterion, found in counts.items() if not found.total()]
    if never:
        raise ConfigError(
            f"no row has a verdict on {', '.join(never)}",
            hint='save results with `"detail": "verdicts"` and fit on those',
        )
    return _criterion_table("verdict", counts, smoothing, max_ratio)


def _criterion_table(
    scope: str, counts: Mapping[str, Mapping[str, int]], smoothing: float, max_ratio: float
) -> CriterionTable:
    options = {"scope": scope, "smoothing": smoothing, "max_ratio": max_ratio}
    ordered = {criterion: dict(sorted(found.items())) for criterion, found in counts.items()}
    return CriterionTable.model_validate({"counts": ordered, **options})


def _known_labels(criterion: Criterion) -> Iterable[str]:
    """Labels that exist even where no row has them: they belong to K."""
    if criterion.label is None:
        return criterion.choices
    return criterion.label.labels or ()


def _check(counts: Counter[str], path: str) -> None:
    if not counts.total():
        raise ConfigError(
            f"no row has a label at `{path}`", hint="check the path: ground_truth... or metadata..."
        )
    if len(counts) > MAX_LABELS:
        raise ConfigError(f"`{path}` has {len(counts):,} different values: no label", hint="check the path")


def _rollout(row: Row) -> Rollout:
    metadata = row.get("metadata")
    return Rollout(
        id="",
        completion=Completion(""),
        ground_truth=row.get("ground_truth"),
        metadata=metadata if isinstance(metadata, dict) else {},
    )


def _values(row: Row) -> Iterable[tuple[str, float]]:
    verdicts = row.get("verdicts")
    for verdict in verdicts if isinstance(verdicts, list) else ():
        value = verdict.get("value") if isinstance(verdict, dict) else None
        if isinstance(value, int | float):
            yield verdict["criterion"], value
