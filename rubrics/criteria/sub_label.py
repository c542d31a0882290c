"""A sub-label in the model's answer against the human's: a criterion that needs no judge."""

from typing import Annotated

from pydantic import Field

from rubrics.cause import Cause
from rubrics.criteria.expectation import LabelPath
from rubrics.criteria.label import label_key
from rubrics.layout import Scalar
from rubrics.options import Options
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Json, Rollout, dig


class SubLabel(Options):
    """The model's sub-label must equal the human's. Both are compared as labels: `true` equals `"true"`."""

    field: Annotated[str, Field(min_length=1)]
    """Dotted key of the answer's JSON object."""
    equals: LabelPath
    """Where the human's label stands. A rollout without it skips the criterion."""
    labels: Annotated[dict[str, list[Scalar]] | None, Field(min_length=1)] = None
    """Each label with its spellings, for model and human alike: `{violates: [true, "yes"], fine: [false]}`.
    Left out: labels are compared as they are written."""

    def name_of(self, key: str) -> str | None:
        """The label a spelling stands for; None for one that is not declared."""
        if self.labels is None or key in self.labels:
            return key
        return next((name for name, words in self.labels.items() if key in map(label_key, words)), None)

    def compare(self, rollout: Rollout) -> Outcome | None:
        """1 where the two are equal, else 0; None where the human's label is missing.

        An answer without the field, or with something else in it, is the policy's fault. A human label that
        the declared spellings or the answer's vocabulary do not hold is not: Unscored.
        """
        human = rollout.lookup(self.equals)
        if human is None:
            return None
        wanted = self._name(human)
        if wanted is None or not self._answerable(rollout, wanted):
            return Unscored(Cause.INVALID_GROUND_TRUTH, f"no answer could equal the label at {self.equals}")
        given = dig(rollout.completion.fields, self.field)
        if given is None:
            return Score(0.0, f"the answer has no {self.field}")
        equal = self._name(given) == wanted
        return Score(float(equal), f"{self.field} {'equals' if equal else 'differs from'} the human label")

    def _name(self, value: Json) -> str | None:
        key = label_key(value)
        return None if key is None else self.name_of(key)

    def _answerable(self, rollout: Rollout, wanted: str) -> bool:
        answer = rollout.completion.layout.answer
        vocabulary = answer.keys.get(self.field) if answer is not None and answer.keys is not None else None
        return not isinstance(vocabulary, list) or wanted in map(self._name, vocabulary)
