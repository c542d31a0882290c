"""How well a set of labels is found."""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from reward_server.grading.extract import require_key, unreadable
from reward_server.reward.component import RIGHT, WRONG, Component, PerRollout, right_or_wrong
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Json, Rollout, dig

if TYPE_CHECKING:
    from reward_server.reward.surroundings import Surroundings

_SEPARATOR = re.compile(r"[,;\n]")
_NOT_A_LIST = Score(WRONG, "not a list of labels")
_TWICE = Score(WRONG, "a label is named twice")


class MultiLabel(PerRollout):
    """The agreement of two sets of labels. Order does not count; naming a label twice scores 0.

    F1 = 2 |A & T| / (|A| + |T|) for the answer's set A and the true set T (Dice), 1 where both are empty.
    """

    field: str | None = None
    """Dotted key of the labels' array in the JSON answer. Left out: the answer is text, its labels separated
    by commas, semicolons or lines, in any case."""
    truth: str = "ground_truth"
    """Where the true labels stand: a path such as `metadata.labels`. A list, or text with separators. Where
    that is an object, they are its value under `field`."""
    score_by: Annotated[Literal["f1", "exact"], Field(alias="score")] = "f1"
    """`f1` of the two sets, or `exact`: 1 where they are the same, else 0."""
    labels: Annotated[list[str], Field(min_length=1)] | None = None
    """The labels there are. A true label outside of it makes the ground truth invalid; an answered one is
    wrong like any other wrong label. Left out: any."""
    empty: Annotated[list[str], Field(min_length=1)] = ["none"]
    """Words that say that no label applies, in text. An answer without any text is not an empty set."""

    @cached_property
    def _vocabulary(self) -> frozenset[str] | None:
        return frozenset(map(self._same_case, self.labels)) if self.labels is not None else None

    @cached_property
    def _empty(self) -> frozenset[str]:
        return frozenset(map(str.casefold, self.empty))

    def bind(self, surroundings: "Surroundings") -> Component:
        require_key(self.field, surroundings, "field")
        return self

    def score(self, rollout: Rollout) -> Outcome:
        truth = self._truth(rollout.lookup(self.truth))
        if isinstance(truth, Unscored):
            return truth
        said = self._answer(rollout.completion)
        if isinstance(said, Score):
            return said
        return self._agreement(set(said), truth)

    def _agreement(self, said: set[str], truth: set[str]) -> Score:
        if said == truth:
            return Score(RIGHT, "the same labels")
        right = len(said & truth)
        reason = f"{right} right, {len(said) - right} too many, {len(truth) - right} missed"
        if self.score_by == "exact":
            return right_or_wrong(False, reason)
        return Score(2 * right / (len(said) + len(truth)), reason)

    def _truth(self, value: Json) -> set[str] | Unscored:
        if isinstance(value, dict) and self.field is not None:
            value = dig(value, self.field)
        if value is None:
            return Unscored(Cause.MISSING_GROUND_TRUTH, f"no {self.truth}")
        names = self._split(value) if isinstance(value, str) else self._listed(value)
        if names is None or len(set(names)) != len(names):
            return Unscored(Cause.INVALID_GROUND_TRUTH, f"{self.truth} is not a list of distinct labels")
        if self._vocabulary is not None and not self._vocabulary.issuperset(names):
            return Unscored(Cause.INVALID_GROUND_TRUTH, f"{self.truth} holds a label that is not in `labels`")
        return set(names)

    def _answer(self, completion: Completion) -> Sequence[str] | Score:
        if self.field is None:
            if not completion.part("answer").strip():
                return unreadable(completion)
            names = self._split(completion.part("answer"))
        else:
            value = dig(completion.fields, self.field)
            if value is None:
                return unreadable(completion)
            names = self._listed(value)
        if names is None:
            return _NOT_A_LIST
        return names if len(set(names)) == len(names) else _TWICE

    def _listed(self, value: Json) -> list[str] | None:
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            return None
        return [self._same_case(name) for name in value]

    def _split(self, text: str) -> list[str] | None:
        """The labels of a text; None where one of them is empty."""
        names = [self._same_case(name.strip()) for name in _SEPARATOR.split(text.strip().rstrip("."))]
        if len(names) == 1 and names[0].casefold() in self._empty:
            return []
        return names if all(names) else None

    def _same_case(self, name: str) -> str:
        """JSON strings are compared exactly, words in text in any case and with any white space."""
        return name if self.field is not None else " ".join(name.casefold().split())
