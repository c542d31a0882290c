"""Trivial policies: completions that take no skill. What they earn is what a policy can collapse to.

Each is tried on the reward before any training: on samples with every combination of labels, each of them as
frequent as the weight table says, or as all others.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import msgspec

from reward_server.check.unknowns import Unknown, Where, is_built_in, place, sample, unknowns
from reward_server.reward.component import Component, PerRollout
from reward_server.reward.reward_function import Column, RewardFunction
from rubrics.completion import Completion
from rubrics.layout import Layout, Vocabulary
from rubrics.outcome import Score
from rubrics.rollout import Json, Rollout

PROMPT = "Here is the content to assess. It is one short paragraph, as a user of the forum wrote it."
_EXAMPLES: Mapping[str, Json] = {"string": "text", "number": 1, "integer": 1, "boolean": True, "any": "text"}
_MOST_WORLDS = 1024


class Trivial(msgspec.Struct, frozen=True):
    """A policy that does nothing useful."""

    name: str
    parts: Mapping[str, float]
    """What each component adds on average. One of which nothing can be known here, because it waits for a
    judge, a process or a group, or because no answer can be guessed, adds 0."""

    @property
    def earned(self) -> float:
        return math.fsum(self.parts.values())


class Trial:
    """Tries trivial policies on a reward."""

    def __init__(self, function: RewardFunction) -> None:
        self._function = function
        self._unknowns = unknowns(function)
        self._worlds = list(_worlds([u for found in self._unknowns.values() for u in found]))

    @property
    def guessed(self) -> set[str]:
        """The components that depend on something that has to be guessed."""
        return {name for name, found in self._unknowns.items() if found}

    @property
    def orders(self) -> set[str]:
        """Those of them that rank."""
        return {name for name, found in self._unknowns.items() if any(unknown.is_order for unknown in found)}

    def greatest(self) -> float:
        """The greatest reward there is, on average."""
        most = math.fsum(
            column.weight * _counted(column, column.bounds[1])
            for column in self._function.columns
            if column.weight  # 0 times an unbounded component is no number
        )
        return most * math.fsum(share * self._factor(world) for world, share in self._worlds)

    def policies(self) -> list[Trivial]:
        """What each trivial policy earns."""
        return [
            self._tried(self._answer_name(), self.bare_answer()),
            self._tried("a copy of the prompt", PROMPT),
            self._tried("an empty completion", ""),
        ]

    def bare_answer(self) -> str:
        """A well-formed completion with empty reasoning that says the same about every sample."""
        layout = self._function.layout
        said = [unknown for found in self._unknowns.values() for unknown in found]
        thought = f"{layout.reasoning.opening}{layout.reasoning.closing}" if layout.reasoning else ""
        return thought + _answer(layout, {u.where[1]: u.answer for u in reversed(said)})

    def _answer_name(self) -> str:
        said = [unknown for found in self._unknowns.values() for unknown in found]
        kinds = ["the order as shown" if unknown.is_order else "the majority label" for unknown in said]
        name = " and ".join(dict.fromkeys(kinds)) or "the same well-formed answer every time"
        return name + (" with empty reasoning" if self._function.layout.reasoning else "")

    def _tried(self, name: str, text: str) -> Trivial:
        parts = dict.fromkeys(self._function.order, 0.0)
        for world, share in self._worlds:
            for column, value in self._values(text, world):
                parts[column.name] += share * self._factor(world) * column.weight * _counted(column, value)
        return Trivial(name, parts)

    def _values(self, text: str, world: Mapping[Where, Json]) -> Iterator[tuple[Column, float]]:
        known: dict[str, float] = {}
        for column in self._function.columns:
            if column.gate is not None and known[column.gate.on] < column.gate.at_least:
                known[column.name] = column.gate.else_
            else:
                rollout = self._rollout(column.component, self._unknowns[column.name], text, world)
                known[column.name] = _value(column.component, rollout)
            yield column, known[column.name]

    def _rollout(
        self, component: Component, wanted: Sequence[Unknown], text: str, world: Mapping[Where, Json]
    ) -> Rollout:
        truth, metadata = sample(component, wanted, world)
        return Rollout(
            id="trivial",
            prompt=PROMPT,
            completion=Completion(text, self._function.layout),
            ground_truth=truth,
            metadata=metadata,
            finish_reason="stop",
            completion_tokens=max(1, len(text) // 4),
        )

    def _factor(self, world: Mapping[Where, Json]) -> float:
        """The weight of a sample, where it multiplies the reward."""
        weights = self._function.sample_weights
        if weights is None or weights.apply != "reward":
            return 1.0
        labels = [value for (path, key), value in world.items() if weights.label in (path, f"{path}.{key}")]
        return (weights.table.weight(labels[0]) if labels else None) or 1.0


def _worlds(everything: Sequence[Unknown]) -> Iterator[tuple[dict[Where, Json], float]]:
    """Combine all that is unknown, independently, into samples with their shares."""
    distinct = list({unknown.where: unknown for unknown in reversed(everything)}.values())
    for simpler in (_right_or_wrong, _always_wrong):
        for index, unknown in enumerate(distinct):
            if math.prod(len(each.cases) for each in distinct) > _MOST_WORLDS:
                distinct[index] = simpler(unknown)
    for cases in product(*(unknown.cases for unknown in distinct)):
        truths = {unknown.where: truth for unknown, (truth, _) in zip(distinct, cases, strict=True)}
        yield truths, math.prod(share for _, share in cases)


def _right_or_wrong(unknown: Unknown) -> Unknown:
    """Two cases: the answer names the first one and is as wrong in any other."""
    if unknown.is_order or len(unknown.cases) <= 2:
        return unknown
    first, (truth, _), *_ = unknown.cases
    return Unknown(unknown.where, [first, (truth, 1 - first[1])], unknown.answer)


def _always_wrong(unknown: Unknown) -> Unknown:
    """One case: what the policy earns can only be more."""
    if unknown.is_order or len(unknown.cases) < 2:
        return unknown
    return Unknown(unknown.where, [(unknown.cases[1][0], 1.0)], unknown.answer)


def _counted(column: Column, value: float) -> float:
    """What a value counts as earned: nothing for no penalty, be it written as 0 or as 1 out of 1."""
    component = _unthreaded(column.component)
    if column.bounds[0] == column.bounds[1]:
        return 0.0  # everybody gets it
    is_penalty = is_built_in(component, "overlong", "repetition")
    return value - 1.0 if is_penalty and getattr(component, "scale", None) == "score" else value


def _value(component: Component, rollout: Rollout) -> float:
    component = _unthreaded(component)
    outcome = component.score_all([rollout])[0] if isinstance(component, PerRollout) else None
    if isinstance(outcome, Score):
        return outcome.value
    low, high = component.bounds
    return min(max(0.0, low), high)


def _unthreaded(component: Component) -> Component:
    """The component that a `Threaded` one runs in a thread."""
    inner = getattr(component, "inner", component)
    return inner if isinstance(inner, PerRollout) else component


def _answer(layout: Layout, said: Mapping[str | None, Json]) -> str:
    keys = layout.answer.keys if layout.answer is not None else None
    if keys is not None:
        fields: dict[str, Json] = {key: _example(words) for key, words in keys.items()}
        for path, value in said.items():
            if path is not None:
                place(fields, path, value)
        return msgspec.json.encode(fields).decode()
    answer = said.get(None, "text")
    text = answer if isinstance(answer, str) else msgspec.json.encode(answer).decode()
    tag = layout.answer.tag if layout.answer is not None else None
    return text if tag is None else f"<{tag}>{text}</{tag}>"


def _example(words: Vocabulary) -> Json:
    return words[0] if isinstance(words, list) else _EXAMPLES[words]
