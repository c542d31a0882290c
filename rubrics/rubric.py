"""A rubric: what a judge sees, the criteria, and how their values become one number."""

import hashlib
import math
from functools import cached_property
from typing import Annotated, Literal

import msgspec
from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from rubrics.aggregate import Aggregate
from rubrics.criteria.author_function import source_digest
from rubrics.criteria.criterion import Criterion
from rubrics.criteria.importance import ImportanceWeights
from rubrics.holistic import overall_question
from rubrics.inputs import PROMPT_AND_COMPLETION, Input
from rubrics.judging import Judging
from rubrics.options import Options, either
from rubrics.rollout import Json, Rollout
from rubrics.stamp import RubricStamp
from rubrics.weights.factors import label_weight, met_factors
from rubrics.weights.options import Weights

PromptLayout = Literal["criterion_last", "listed"]
"""Where a criterion stands in the judge's prompt: at its end, or in a list ahead of the texts."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


def _quoted(version: object) -> object:
    if isinstance(version, int | float):
        read = f"YAML reads this version as the number {version}"
        raise ValueError(f'{read}; put it in quotes, like version: "1.10"')  # noqa: TRY004 - for pydantic
    return version


class Rubric(Options):
    """A `rubric/v1` file. `rubrics.rubric_file.load_rubric` loads one, with its weight table inside."""

    model_config = ConfigDict(json_schema_extra=either("criteria", "extends"))

    schema_: Annotated[Literal["rubric/v1"], Field(alias="schema")]
    """Version of this format."""
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_./-]*$")]
    """Name in reports and metrics."""
    version: Annotated[str, BeforeValidator(_quoted, json_schema_input_type=str)] = "0"
    """The author's version, as text. `digest` tells whether the content changed."""
    description: str = ""
    """What the rubric is for. Not shown to the judge."""
    extends: Annotated[str, Field(min_length=1)] | None = None
    """A rubric to build on: a path relative to this file, or `catalog:name`. Its inputs, guidelines and
    criteria are taken over; what is written here goes first."""
    inputs: Annotated[dict[Name, Input], Field(min_length=1)] = PROMPT_AND_COMPLETION
    """What the judge sees, by name. Left out: the prompt and the whole completion."""
    guidelines: str = ""
    """Said to the judge ahead of all criteria."""
    importance: ImportanceWeights = ImportanceWeights()
    """The weight of each `importance` word."""
    criteria: Annotated[list[Criterion], Field(min_length=1)]
    """The criteria; each id once."""
    layout: PromptLayout | None = None
    """Where the judge reads a criterion: `criterion_last`, after the texts; `listed`, all of them ahead of
    the texts, which an engine with a prefix cache computes faster. Left out, as the judge's `layout` says."""
    judge: Judging = Judging()
    """How statements are put to judges, and how several votes are counted."""
    weights: Weights = Weights()
    """Where the weights come from."""
    aggregate: Aggregate = Aggregate()
    """How the criteria become one number."""

    @field_validator("criteria")
    @classmethod
    def _weighed_by_words(cls, criteria: list[Criterion], info: ValidationInfo) -> list[Criterion]:
        words = info.data.get("importance", ImportanceWeights())
        return [
            c if c.importance is None else c.model_copy(update={"weight": words.of(c.importance)})
            for c in criteria
        ]

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of what reaches the judge or the arithmetic, so not of id, version and description.

        Orders that a judge can see (criteria, inputs, levels) count; a weight table counts by its content.
        A `python` check counts by its name and the bytes of its source file.
        """
        return hashlib.sha256(msgspec.json.encode(self._content(), order="deterministic")).hexdigest()

    def _content(self) -> Json:
        beside = {"id", "version", "description", "importance"}  # a word counts by its weight
        content = self.model_dump(mode="json", exclude=beside, exclude_none=True)
        content["inputs"] = list(content["inputs"].items())
        for criterion, dumped in zip(self.criteria, content["criteria"], strict=True):
            dumped.pop("importance", None)
            if "scale" in dumped:
                dumped["scale"] = list(dumped["scale"].items())
            if criterion.check is not None and criterion.check.python is not None:
                dumped["check"]["source"] = source_digest(criterion.check.python)
        return content

    @cached_property
    def stamp(self) -> RubricStamp:
        """What replies and metrics say of it."""
        return RubricStamp(self.id, self.version, f"sha256:{self.digest}")

    @cached_property
    def holistic(self) -> Criterion | None:
        """The one question in place of all statements, where `aggregate.method` is `holistic`."""
        return overall_question() if self.aggregate.method == "holistic" else None

    @cached_property
    def overall(self) -> tuple[Criterion, ...]:
        """`holistic` as criteria: one or none."""
        return () if self.holistic is None else (self.holistic,)

    @cached_property
    def judged(self) -> tuple[Criterion, ...]:
        """What models decide: statements and classifiers; of a holistic rubric its gates and one question."""
        judged = (criterion for criterion in self.criteria if criterion.judged)
        if self.holistic is None:
            return tuple(judged)
        return (*(criterion for criterion in judged if criterion.gate is not None), self.holistic)

    @cached_property
    def coded(self) -> tuple[Criterion, ...]:
        """What code decides: checks and labels."""
        return tuple(criterion for criterion in self.criteria if not criterion.judged)

    @cached_property
    def deciding(self) -> tuple[Criterion, ...]:
        """Gates that settle the value by themselves: those by code, then judged ones, each in file order."""
        gates = (criterion for criterion in self.criteria if criterion.decides)
        return tuple(sorted(gates, key=lambda gate: gate.judged))

    @cached_property
    def caps(self) -> dict[str, float]:
        """The most that the value can be where a criterion is not met, by the criterion's id."""
        gates = ((criterion.id, criterion.gate) for criterion in self.criteria)
        return {name: gate.cap for name, gate in gates if gate is not None and gate.cap is not None}

    @cached_property
    def rewards(self) -> bool:
        """Whether there is something to gain, rather than pitfalls alone."""
        return any(criterion.weight > 0 for criterion in self.criteria)

    def samples_of(self, criterion: Criterion) -> int:
        """How often each judge is asked this criterion."""
        return criterion.samples or self.judge.samples

    def weight_of(self, criterion: Criterion, rollout: Rollout) -> float:
        """The criterion's weight for this rollout: the same for all rollouts with the same labels."""
        if self.weights.mode == "uniform":
            return math.copysign(1.0, criterion.weight)
        if criterion is self.holistic:
            return 1.0
        return criterion.weight * self._factor(criterion, rollout)

    def _factor(self, criterion: Criterion, rollout: Rollout) -> float:
        if self.weights.mode == "authored":
            return 1.0
        if self.weights.scope == "verdict":
            return self._met_factors[criterion.id]
        label = criterion.label_of(rollout)
        return 1.0 if label is None else self._label_factor(criterion, label)

    def _label_factor(self, criterion: Criterion, label: str) -> float:
        counts = self._label_counts[criterion.id]
        return label_weight(counts, label, self.weights.smoothing, self.weights.max_ratio)

    def weight_range(self, criterion: Criterion) -> tuple[float, float]:
        """The least and the greatest size of the criterion's weight over all labels, without its sign."""
        if self.weights.mode == "uniform":
            return 1.0, 1.0
        factors = self._factors(criterion)
        size = abs(criterion.weight)
        return size * min(factors), size * max(factors)

    def _factors(self, criterion: Criterion) -> list[float]:
        if self.weights.mode == "authored":
            return [1.0]
        if self.weights.scope == "verdict":
            return [self._met_factors[criterion.id]]
        if criterion.label_path is None:
            return [1.0]
        unseen = "\0"
        return [self._label_factor(criterion, label) for label in (*self._label_counts[criterion.id], unseen)]

    @cached_property
    def _met_factors(self) -> dict[str, float]:
        return met_factors(self.weights.counts, self.weights.smoothing, self.weights.max_ratio)

    @cached_property
    def _label_counts(self) -> dict[str, dict[str, int]]:
        return {c.id: self._named(c) for c in self.criteria if c.id in self.weights.counts}

    def _named(self, criterion: Criterion) -> dict[str, int]:
        """The criterion's counts by label name: `true` and `yes` are one label of a yes-or-no statement."""
        counts: dict[str, int] = {}
        for key, count in self.weights.counts[criterion.id].items():
            name = criterion.label_name(key) or key
            counts[name] = counts.get(name, 0) + count
        return counts
