"""Trivial policies: completions that take no skill. What they earn is what a policy can collapse to.

Seeds of collapse in the literature: a bare majority label (arXiv 2512.20061, Fig. 1), a copy of the
input order (arXiv 2602.07774). Here each is tried on the reward before any training.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from reward_server.component import PerRollout
from reward_server.reward_function import Column, RewardFunction
from rubrics.completion import Completion
from rubrics.label import label_key
from rubrics.layout import Layout, Scalar, Vocabulary
from rubrics.outcome import Outcome, Score
from rubrics.rollout import Json, Rollout

PROMPT = "Here is the content to assess. It is one short paragraph, as a user of the forum wrote it."
_EXAMPLES: Mapping[str, Scalar] = {"string": "text", "number": 1, "integer": 1, "boolean": True, "any": "text"}


class Trivial(msgspec.Struct, frozen=True):
    """A policy that does nothing useful."""

    name: str
    earned: float
    """The least it earns on average: 0 for each component that waits for a judge, a process or a group."""


def greatest(function: RewardFunction) -> float:
    """The greatest reward there is."""
    return sum(column.weight * column.component.bounds[1] for column in function.columns)


def trivial_policies(function: RewardFunction) -> list[Trivial]:
    """What each trivial policy earns at least."""
    policies = {
        "the majority label with empty reasoning": bare_answer(function.layout, _majority(function)),
        "a copy of the prompt": PROMPT,
        "an empty completion": "",
    }
    return [Trivial(name, _average(function, text)) for name, text in policies.items()]


def bare_answer(layout: Layout, label: Json) -> str:
    """A well-formed completion with empty reasoning that answers `label` wherever it may stand."""
    thought = f"{layout.reasoning.opening}{layout.reasoning.closing}" if layout.reasoning else ""
    if layout.answer is None:
        return thought + str(label)
    if layout.answer.tag is not None:
        return f"{thought}<{layout.answer.tag}>{label}</{layout.answer.tag}>"
    keys = layout.answer.keys or {}
    return thought + msgspec.json.encode({key: _choice(words, label) for key, words in keys.items()}).decode()


def _choice(words: Vocabulary, label: Json) -> Json:
    if isinstance(words, str):
        return _EXAMPLES[words]
    return next((word for word in words if label_key(word) == label_key(label)), words[0])


def _labels(function: RewardFunction) -> dict[Json, float]:
    """The labels of the last key of the answer, or of the weight table, with their shares."""
    if function.sample_weights is not None:
        counts = function.sample_weights.table.counts
        words = {label_key(word): word for word in _last_vocabulary(function.layout)}
        total = sum(counts.values()) or 1
        return {words.get(label, label): count / total for label, count in counts.items()}
    words = _last_vocabulary(function.layout)
    return {word: 1 / len(words) for word in words} or {"text": 1.0}


def _last_vocabulary(layout: Layout) -> Sequence[Scalar]:
    keys = layout.answer.keys if layout.answer is not None else None
    last = list(keys.values())[-1] if keys else []
    return last if isinstance(last, list) else []


def _majority(function: RewardFunction) -> Json:
    shares = _labels(function)
    return max(shares, key=lambda label: shares[label])


def _average(function: RewardFunction, text: str) -> float:
    return sum(share * _earned(function, _rollout(function.layout, text, label)) for label, share in _labels(function).items())


def _rollout(layout: Layout, text: str, label: Json) -> Rollout:
    keys = layout.answer.keys if layout.answer is not None else None
    truth: Json = {key: _choice(words, label) for key, words in keys.items()} if keys else label
    return Rollout(
        id="trivial",
        prompt=PROMPT,
        completion=Completion(text, layout),
        ground_truth=truth,
        finish_reason="stop",
        completion_tokens=max(1, len(text) // 4),
    )


def _earned(function: RewardFunction, rollout: Rollout) -> float:
    outcomes = dict(_outcomes(function, rollout))
    return sum(
        column.weight * (outcome.value if isinstance(outcome, Score) else 0.0)
        for column in function.columns
        if (outcome := outcomes.get(column.name)) is not None
    )


def _outcomes(function: RewardFunction, rollout: Rollout) -> Iterator[tuple[str, Outcome]]:
    known: dict[str, Outcome] = {}
    for column in function.columns:
        if column.name in function.immediate:
            known[column.name] = _outcome(column, rollout, known)
            yield column.name, known[column.name]


def _outcome(column: Column, rollout: Rollout, known: Mapping[str, Outcome]) -> Outcome:
    assert isinstance(column.component, PerRollout)
    decided = column.gate.verdict(known[column.gate.on]) if column.gate is not None else None
    return decided or column.component.score_all([rollout])[0]
