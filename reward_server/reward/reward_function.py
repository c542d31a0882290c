"""A reward function: a reward file with everything it names opened, ready to score."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

import msgspec

from reward_server.reward.aggregation import Weights
from reward_server.reward.component import Bounds, Component, PerRollout
from reward_server.reward.gate import Gate
from reward_server.reward.reward_file import OnUnscored, RewardFile
from reward_server.reward.surroundings import NamedClassifier, NamedJudge
from rubrics.layout import Layout
from rubrics.rollout import Json, Rollout
from rubrics.stamp import RubricStamp
from rubrics.weights.table import SampleTable

VERSION_OF_ARITHMETIC = 1
"""Raised when the same configuration starts to give other rewards; part of `reward_version`."""


class Column(msgspec.Struct, frozen=True):
    """A component in its place in the reward."""

    name: str
    component: Component
    weight: float
    """Share of the reward after normalisation, in [0, 1]."""
    gate: Gate | None = None

    @property
    def bounds(self) -> Bounds:
        """The least and the greatest value in this column: the component's, or what its closed gate gives."""
        low, high = self.component.bounds
        return (low, high) if self.gate is None else (min(low, self.gate.else_), max(high, self.gate.else_))

    def weighing(self, weight: float) -> "Column":
        """This column with another weight."""
        return Column(self.name, self.component, weight, self.gate)


class SampleWeights(msgspec.Struct, frozen=True):
    """Inverse-frequency weights by sample label."""

    apply: Literal["advantage", "reward"]
    label: str
    """Where a rollout's label stands."""
    table: SampleTable

    def of(self, rollout: Rollout) -> float | None:
        """The weight of a rollout's label; None where it has none."""
        return self.table.weight(rollout.lookup(self.label))

    def identity(self) -> Json:
        """What goes into `reward_version`."""
        return [self.apply, self.label, self.table.digest]


class RewardFunction(msgspec.Struct, frozen=True, dict=True):
    """What a reward URL computes. Immutable: a batch sees one version of it."""

    name: str
    layout: Layout
    columns: Sequence[Column]
    """In an order in which each gate's column comes before the columns it gates."""
    order: Sequence[str]
    """Column names in file order, in which results list them."""
    on_unscored: OnUnscored
    sample_weights: SampleWeights | None
    source: RewardFile
    notices: Sequence[str] = ()
    judges: Mapping[str, NamedJudge] = {}
    classifiers: Mapping[str, NamedClassifier] = {}
    text: str = ""
    """The reward file as it was read."""
    file: Path = Path()
    """Where it was read."""

    @cached_property
    def weights(self) -> Weights:
        by_name = {column.name: column.weight for column in self.columns}
        return {name: by_name[name] for name in self.order}

    @cached_property
    def immediate(self) -> frozenset[str]:
        """The columns that never wait: per-rollout components whose gate, if any, never waits either."""
        names: set[str] = set()
        for column in self.columns:
            if isinstance(column.component, PerRollout) and (column.gate is None or column.gate.on in names):
                names.add(column.name)
        return frozenset(names)

    @cached_property
    def compared(self) -> Sequence[str]:
        """The columns in which the rollouts of a group are compared with each other."""
        return [column.name for column in self.columns if column.component.relative]

    @property
    def relative(self) -> bool:
        """Whether a reward depends on the other rollouts of its group."""
        return bool(self.compared) or self.on_unscored == "renormalise_group"

    @cached_property
    def rubrics(self) -> Mapping[str, RubricStamp]:
        """The rubrics by column."""
        stamps = {column.name: column.component.stamp for column in self.columns}
        return {name: stamp for name in self.order if (stamp := stamps[name]) is not None}

    @property
    def questions(self) -> int:
        """The most questions that one rollout puts to judges."""
        return sum(column.component.questions for column in self.columns)

    @cached_property
    def version(self) -> str:
        """Digest of all that can change a value: options, rubrics, prompts, tables; not where judges run."""
        canonical = msgspec.json.encode(self._identity(), order="deterministic")
        return "sha256:" + hashlib.sha256(canonical).hexdigest()

    def _identity(self) -> Json:
        columns = {column.name: column for column in self.columns}
        return {
            "arithmetic": VERSION_OF_ARITHMETIC,
            "name": self.name,
            "layout": self.layout.model_dump(mode="json"),
            "keys": self._answer_keys(),
            "columns": [_identity_of(columns[name]) for name in self.order],
            "on_unscored": self.on_unscored,
            "sample_weights": self.sample_weights and self.sample_weights.identity(),
            **({"partial_groups": "score"} if self._compares_partial_groups else {}),
        }

    @property
    def _compares_partial_groups(self) -> bool:
        return self.relative and self.source.groups.partial == "score"

    def _answer_keys(self) -> Json:
        """The keys of the answer in their order, which counts and which a sorted mapping does not show."""
        keys = self.layout.answer.keys if self.layout.answer is not None else None
        return keys and list(keys)

    def open(self) -> None:
        """Open judges and classifiers now rather than at the first request. Raises ConfigError."""
        for judge in self.judges.values():
            judge.judge  # noqa: B018 - opened by looking at it
        for classifier in self.classifiers.values():
            classifier.classifier  # noqa: B018 - opened by looking at it

    async def aclose(self) -> None:
        """Release judges, classifiers and grading processes."""
        for column in self.columns:
            await column.component.aclose()
        for judge in self.judges.values():
            await judge.aclose()
        for classifier in self.classifiers.values():
            await classifier.aclose()


def _identity_of(column: Column) -> Json:
    kind = type(column.component)
    return {
        "name": column.name,
        "use": f"{kind.__module__}:{kind.__qualname__}",
        "options": column.component.identity(),
        "weight": column.weight,
        "gate": column.gate and column.gate.model_dump(mode="json"),
    }
