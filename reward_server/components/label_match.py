"""Whether the answer is the right label: of a field of the JSON answer, or of the answer's text."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from reward_server.grading.extract import require_key, unreadable
from reward_server.grading.vocabulary import Vocabulary, Wording, of_key, of_labels
from reward_server.reward.component import RIGHT, WRONG, Component, PerRollout
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.layout import Layout, Scalar
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Json, Rollout, dig

if TYPE_CHECKING:
    from reward_server.reward.surroundings import Surroundings

_RIGHT = Score(RIGHT, "the right label")
_WRONG = Score(WRONG, "another label")
_UNKNOWN = Score(WRONG, "not one of the labels")
_SEVERAL = Score(WRONG, "more than one label is named")


Vocabularies = Sequence[tuple[str, Vocabulary]]


class LabelMatch(PerRollout):
    """1 where the answer names the right class and no other, else 0. Any number of classes.

    R_acc of the moderation recipe (arXiv 2512.20061): deterministic, the final decision equals the label.
    """

    field: str | Annotated[list[str], Field(min_length=1)] | None = None
    """Dotted key of the label in the JSON answer, or a list of keys. Left out: the answer's text must name
    exactly one class of `labels`."""
    grade: Literal["all", "fraction"] = "all"
    """With a list of keys: `all` of them must be right, or the `fraction` of them that is."""
    truth: str = "ground_truth"
    """Where the right label stands: a path such as `ground_truth.label` or `metadata.label`. Where that is an
    object, the label is its value under `field`."""
    labels: Annotated[dict[str, Annotated[list[Scalar], Field(min_length=1)]], Field(min_length=2)] | None = (
        None
    )
    """Class -> its accepted spellings, such as `violating: [true, "true", yes, "Yes"]`. In a JSON field a
    spelling is compared exactly and by type; in text it is a whole word or phrase, in any case. Left out: the
    vocabulary of `field` in the file's `completion` layout."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.field is None and self.labels is None:
            raise ValueError(
                "give `field` (a key of the JSON answer) or `labels` (words that the answer may name)"
            )
        if self.grade == "fraction" and not isinstance(self.field, list):
            raise ValueError("`grade: fraction` needs a list of keys in `field`")
        if self.labels is not None:
            (Wording if self.field is None else of_labels)(self.labels)
        return self

    @cached_property
    def _fields(self) -> list[str]:
        return [self.field] if isinstance(self.field, str) else self.field or []

    @cached_property
    def _wording(self) -> Wording:
        return Wording(self.labels or {})

    def bind(self, surroundings: "Surroundings") -> Component:
        for index, field in enumerate(self._fields or [None]):
            require_key(field, surroundings, "field", *([index] if isinstance(self.field, list) else []))
        return self

    def score(self, rollout: Rollout) -> Outcome:
        truth = rollout.ground_truth if self.truth == "ground_truth" else rollout.lookup(self.truth)
        completion = rollout.completion
        if not self._fields:
            return self._in_text(completion, truth)
        outcomes = [
            _compared(field, vocabulary, completion, truth)
            for field, vocabulary in self._vocabularies(completion.layout)
        ]
        return outcomes[0] if len(outcomes) == 1 else self._together(outcomes)

    def _vocabularies(self, layout: Layout) -> Vocabularies:
        """Each field with its vocabulary, worked out once for each layout."""
        known = self._by_layout.get(id(layout))
        if known is None or known[0] is not layout:
            keys = (layout.answer.keys if layout.answer is not None else None) or {}
            own = of_labels(self.labels) if self.labels is not None else None
            known = (layout, [(field, own or of_key(keys.get(field))) for field in self._fields])
            self._by_layout[id(layout)] = known
        return known[1]

    @cached_property
    def _by_layout(self) -> dict[int, tuple[Layout, Vocabularies]]:
        return {}

    def _together(self, outcomes: list[Outcome]) -> Outcome:
        for outcome in outcomes:
            if isinstance(outcome, Unscored):
                return outcome
        wrong = [
            field for field, outcome in zip(self._fields, outcomes, strict=True) if float(outcome) != RIGHT
        ]
        if not wrong:
            return _RIGHT
        share = (len(outcomes) - len(wrong)) / len(outcomes) if self.grade == "fraction" else WRONG
        return Score(share, f"wrong: {', '.join(wrong)}")

    def _in_text(self, completion: Completion, truth: Json) -> Outcome:
        if truth is None:
            return Unscored(Cause.MISSING_GROUND_TRUTH, f"no {self.truth}")
        meant = self._wording.meant(truth)
        if meant is None:
            return Unscored(Cause.INVALID_GROUND_TRUTH, f"{self.truth} is not one of the labels")
        if completion.answer is None:
            return unreadable(completion)
        named = self._wording.named(completion.answer)
        if len(named) != 1:
            return _SEVERAL if named else _UNKNOWN
        return _RIGHT if meant in named else _WRONG


def _compared(field: str, vocabulary: Vocabulary, completion: Completion, truth: Json) -> Outcome:
    if isinstance(truth, dict):
        truth = dig(truth, field)
    if truth is None:
        return Unscored(Cause.MISSING_GROUND_TRUTH, f"no ground truth for {field}")
    meant = vocabulary.meant(truth)
    if meant is None:
        return Unscored(Cause.INVALID_GROUND_TRUTH, f"the ground truth of {field} is not one of its labels")
    value = dig(completion.fields, field)
    if value is None:
        return unreadable(completion)
    said = vocabulary.said(value)
    if said is None:
        return _UNKNOWN
    return _RIGHT if said == meant else _WRONG
