"""Frozen weight tables (`weights/v1`): counts, and how they become weights. Fitted offline."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, Literal, overload

import msgspec
from pydantic import BeforeValidator, Field, model_validator

from rubrics.binding import bind
from rubrics.criteria.label import label_key
from rubrics.document import VALUE, Document
from rubrics.options import Options
from rubrics.problems import ConfigError, Problem, Step
from rubrics.rollout import Json
from rubrics.weights.factors import (
    MAX_RATIO,
    SMOOTHING,
    balanced_weights,
    label_weight,
    met_factors,
    unclipped_factors,
    unclipped_weights,
)

Count = Annotated[int, Field(ge=0)]
Scope = Literal["sample_label", "criterion_label", "verdict"]


def _with_label_keys(counts: object) -> object:
    """Keys as labels are written, so that counts made by code may use True, 3 or "spam"."""
    if not isinstance(counts, Mapping):
        return counts
    return {key if isinstance(key, str) else label_key(key): count for key, count in counts.items()}


Label = Annotated[str, Field(min_length=1)]
LabelCounts = Annotated[dict[Label, Count], BeforeValidator(_with_label_keys), Field(min_length=1)]


class PreviewRow(msgspec.Struct, frozen=True):
    """One line of what a table does, for people to look at before they train on it."""

    criterion: str | None
    """None in a table of sample labels."""
    label: str
    count: int
    weight: float
    clipped: bool
    """Whether `max_ratio` lowered the weight."""


class WeightTable(Options):
    """What the tables of all scopes share."""

    schema_: Annotated[Literal["weights/v1"], Field(alias="schema")] = "weights/v1"
    """Version of this format."""
    smoothing: Annotated[float, Field(ge=0)] = SMOOTHING
    """Added to each count (Laplace), so that what was never seen has a finite weight."""
    max_ratio: Annotated[float, Field(ge=1)] = MAX_RATIO
    """Greatest weight over smallest; greater weights are clipped."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of all that a weight depends on."""
        content = self.model_dump(mode="json")
        return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


class SampleTable(WeightTable):
    """How often each label of a sample occurs: w_y = n / (K n_y)."""

    scope: Literal["sample_label"] = "sample_label"
    """Weights of whole samples."""
    label: str | None = None
    """Where the counted labels stood: a path such as `ground_truth.conclusion`."""
    counts: LabelCounts
    """Label -> how many samples have it."""

    @model_validator(mode="after")
    def _some(self) -> "SampleTable":
        balanced_weights(self.counts, self.smoothing, self.max_ratio)
        return self

    def by_label(self) -> dict[str, float]:
        """The weight of each counted label."""
        return balanced_weights(self.counts, self.smoothing, self.max_ratio)

    def weight(self, label: Json) -> float | None:
        """The weight of a label, that of a count of 0 for one never counted; None for what is no label."""
        key = label_key(label)
        return None if key is None else label_weight(self.counts, key, self.smoothing, self.max_ratio)

    def preview(self) -> list[PreviewRow]:
        """Each label with its count and weight, in file order."""
        return _rows(None, self.counts, unclipped_weights(self.counts, self.smoothing), self.by_label())


class CriterionTable(WeightTable):
    """For each criterion, how often each human label occurs, or how often it was met."""

    scope: Literal["criterion_label", "verdict"]
    """`criterion_label`: w = n_c / (K_c n_{c,y}). `verdict`: 1 / p_met."""
    counts: Annotated[dict[str, LabelCounts], Field(min_length=1)]
    """Criterion -> label -> count; for `verdict` the labels are `met` and `unmet`."""

    @model_validator(mode="after")
    def _some(self) -> "CriterionTable":
        if self.scope == "criterion_label":
            for counts in self.counts.values():
                balanced_weights(counts, self.smoothing, self.max_ratio)
            return self
        for criterion, counts in self.counts.items():
            if not counts.keys() <= {"met", "unmet"}:
                raise ValueError(
                    f"verdicts are counted as met and unmet; `{criterion}` has {', '.join(counts)}"
                )
        met_factors(self.counts, self.smoothing, self.max_ratio)
        return self

    def preview(self) -> list[PreviewRow]:
        """Each criterion's labels with counts and weights, in file order; for `verdict` a row a criterion."""
        if self.scope == "verdict":
            return self._factor_rows()
        return [row for name, counts in self.counts.items() for row in self._label_rows(name, counts)]

    def _label_rows(self, criterion: str, counts: Mapping[str, int]) -> list[PreviewRow]:
        weights = balanced_weights(counts, self.smoothing, self.max_ratio)
        return _rows(criterion, counts, unclipped_weights(counts, self.smoothing), weights)

    def _factor_rows(self) -> list[PreviewRow]:
        factors = met_factors(self.counts, self.smoothing, self.max_ratio)
        whole = unclipped_factors(self.counts, self.smoothing)
        return [
            PreviewRow(name, "met", counts.get("met", 0), factors[name], factors[name] < whole[name])
            for name, counts in self.counts.items()
        ]


def _rows(
    criterion: str | None, counts: Mapping[str, int], whole: Mapping[str, float], weights: Mapping[str, float]
) -> list[PreviewRow]:
    return [
        PreviewRow(criterion, label, count, weights[label], weights[label] < whole[label])
        for label, count in counts.items()
    ]


Source = str | Mapping[str, Json]


@overload
def load_table(
    table: Source, document: Document, path: Iterable[Step], scope: Literal["sample_label"]
) -> SampleTable: ...
@overload
def load_table(
    table: Source, document: Document, path: Iterable[Step], scope: Literal["criterion_label", "verdict"]
) -> CriterionTable: ...
def load_table(table: Source, document: Document, path: Iterable[Step], scope: Scope) -> WeightTable:
    """The table that stands at `path` of `document`: a file name relative to it, or the counts themselves.

    Raises ConfigError, in the table's own file where it has one.
    """
    path = tuple(path)
    kind = SampleTable if scope == "sample_label" else CriterionTable
    if not isinstance(table, str):
        return bind(kind, document, {"scope": scope, "counts": table}, path)
    source = _open(table, document, path)
    _refuse_other_scope(source, scope, document.origin(path)[0].name)
    return bind(kind, source, source.data)


def _open(name: str, document: Document, path: tuple[Step, ...]) -> Document:
    try:
        return document.origin(path)[0].open(name)
    except ConfigError as error:
        raise ConfigError([_placed(problem, document, path) for problem in error.problems]) from None


def _placed(problem: Problem, document: Document, path: tuple[Step, ...]) -> Problem:
    if problem.document is not None:
        return problem
    hint = problem.hint or "make one with `gavel weights fit DATA -o FILE`"
    return Problem(message=problem.message, document=document, path=(*path, VALUE), hint=hint)


def _refuse_other_scope(source: Document, scope: Scope, user: str) -> None:
    found = source.data.get("scope") if isinstance(source.data, dict) else None
    if found in ("sample_label", "criterion_label", "verdict") and found != scope:
        message = f"this table is for `scope: {found}`, but {user} uses it for `scope: {scope}`"
        hint = f"fit another one with `gavel weights fit --scope {scope}`"
        raise ConfigError([Problem(message=message, document=source, path=("scope", VALUE), hint=hint)])
