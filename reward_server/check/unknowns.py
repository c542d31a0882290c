"""What differs from sample to sample in the ground truth, and what a policy without skill answers to it.

A policy that collapses names the majority label (arXiv 2512.20061, Fig. 1), or returns the candidates in the
order in which it was shown them (arXiv 2602.07774).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from reward_server.reward.component import Component
from reward_server.reward.reward_function import RewardFunction
from rubrics.completion import same
from rubrics.criteria.label import label_key
from rubrics.layout import Layout, Scalar
from rubrics.rollout import Json

if TYPE_CHECKING:
    from reward_server.components.label_match import LabelMatch
    from reward_server.components.ranking import Ranking

CANDIDATES = [f"candidate-{rank}" for rank in range(1, 11)]
"""Shown to a policy that ranks; each is the relevant one in a tenth of the samples."""

Where = tuple[str, str | None]
"""A path in the rollout, and below it a key of the JSON answer; None where the value is not under a key."""


class Unknown(msgspec.Struct, frozen=True):
    """One thing that the answer should depend on."""

    where: Where
    cases: Sequence[tuple[Json, float]]
    """What it can be, with the share of the samples; the most frequent first."""
    answer: Json
    """What the policy says every time."""

    @property
    def is_order(self) -> bool:
        """Whether it is an order of candidates rather than a label."""
        return isinstance(self.answer, list)


def unknowns(function: RewardFunction) -> dict[str, list[Unknown]]:
    """What each component compares with, as far as it can be guessed from the reward file."""
    return {column.name: list(_unknowns(column.component, function)) for column in function.columns}


def _unknowns(component: Component, function: RewardFunction) -> Iterator[Unknown]:
    if is_built_in(component, "label_match"):
        yield from _labels(component, function)  # type: ignore[arg-type]
    elif is_built_in(component, "ranking"):
        yield _order(component)  # type: ignore[arg-type]


def is_built_in(component: Component, *names: str) -> bool:
    """Whether it is one of these built-ins; those that the file does not use are not imported for that."""
    modules = {f"reward_server.components.{name}" for name in names}
    return any(kind.__module__ in modules for kind in type(component).__mro__)


def _order(component: "Ranking") -> Unknown:
    cases = [(candidate, 1 / len(CANDIDATES)) for candidate in CANDIDATES]
    return Unknown((component.truth, component.field), cases, CANDIDATES)


def _labels(component: "LabelMatch", function: RewardFunction) -> Iterator[Unknown]:
    fields = component.field if isinstance(component.field, list) else [component.field]
    for field in fields:
        classes = _classes(component, field, function.layout)
        if classes:
            where = (component.truth, field)
            shares = _shares(classes, where, function)
            first = max(shares, key=lambda name: shares[name])
            yield Unknown(where, _cases(shares, first), classes[first][0])


def _classes(component: "LabelMatch", field: str | None, layout: Layout) -> Mapping[Scalar, Sequence[Scalar]]:
    """Each class, as a ground truth names it, with its spellings in an answer, the fitting ones first."""
    declared = _vocabulary(field, layout)
    if component.labels is not None:
        return {
            name: sorted(words, key=lambda word: declared is not None and word not in declared)
            for name, words in component.labels.items()
        }
    return {word: [word] for word in declared or () if word is not None}


def _vocabulary(field: str | None, layout: Layout) -> Sequence[Scalar] | None:
    keys = (layout.answer.keys if layout.answer is not None else None) or {}
    declared = keys.get(field or "")
    if isinstance(declared, list):
        return declared
    return [True, False] if declared == "boolean" else None


def _shares(
    classes: Mapping[Scalar, Sequence[Scalar]], where: Where, function: RewardFunction
) -> dict[Scalar, float]:
    """How frequent each class is: by the weight table where it counts this label, else equally."""
    weights = function.sample_weights
    counts: Mapping[str, int] = {}
    if weights is not None and weights.label in (where[0], f"{where[0]}.{where[1]}"):
        counts = weights.table.counts
    found = {
        name: sum(counts.get(key, 0) for key in {label_key(word) for word in (name, *words)} if key)
        for name, words in classes.items()
    }
    total = sum(found.values())
    return {name: count / total if total else 1 / len(classes) for name, count in found.items()}


def never_said(component: "LabelMatch", layout: Layout) -> list[str]:
    """The classes that no answer of the declared vocabulary can name."""
    fields = component.field if isinstance(component.field, list) else [component.field]
    words = [word for field in fields for word in _vocabulary(field, layout) or ()]
    return [
        name
        for name, spellings in (component.labels or {}).items()
        if words and not any(same(spelling, word) for spelling in spellings for word in words)
    ]


def counts_other_labels(component: "LabelMatch", function: RewardFunction) -> bool:
    """Whether the table of sample labels counts this component's truth, and none of its classes."""
    weights = function.sample_weights
    if weights is None:
        return False
    for field in component.field if isinstance(component.field, list) else [component.field]:
        classes = _classes(component, field, function.layout)
        known = {label_key(word) for name, words in classes.items() for word in (name, *words)}
        if weights.label in (component.truth, f"{component.truth}.{field}") and classes:
            return known.isdisjoint(weights.table.counts)
    return False


def _cases(shares: Mapping[Scalar, float], first: Scalar) -> list[tuple[Json, float]]:
    return [(first, shares[first]), *((name, share) for name, share in shares.items() if name != first)]


def sample(
    component: Component, wanted: Sequence[Unknown], world: Mapping[Where, Json]
) -> tuple[Json, dict[str, Json]]:
    """The ground truth and metadata of a sample, with what `component` looks for where it looks for it."""
    root: dict[str, Json] = {"metadata": {}}
    if wanted:
        place(root, _rooted(wanted[0].where[0]), _truth(component, wanted, world))
    if is_built_in(component, "ranking"):
        place(root, _rooted(component.candidates), CANDIDATES)  # type: ignore[attr-defined]
    metadata = root["metadata"]
    assert isinstance(metadata, dict)
    return root.get("ground_truth"), metadata


def _truth(component: Component, wanted: Sequence[Unknown], world: Mapping[Where, Json]) -> Json:
    if not isinstance(getattr(component, "field", None), list):
        return world[wanted[0].where]
    truth: dict[str, Json] = {}
    for unknown in wanted:
        place(truth, unknown.where[1] or "", world[unknown.where])
    return truth


def _rooted(path: str) -> str:
    """A path as `Rollout.lookup` reads it: what starts with neither word stands in the metadata."""
    return path if path.partition(".")[0] in ("ground_truth", "metadata") else f"metadata.{path}"


def place(root: dict[str, Json], path: str, value: Json) -> None:
    """Put a value at a dotted path, in place of whatever is in its way."""
    *parents, last = path.split(".")
    for key in parents:
        inner = root.get(key)
        root[key] = inner = inner if isinstance(inner, dict) else {}
        root = inner
    root[last] = value
