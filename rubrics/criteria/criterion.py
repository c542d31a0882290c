"""One criterion of a rubric: a statement for the judge, a check by code, a label to match, a classifier."""

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from rubrics.criteria.applicability import Applicability
from rubrics.criteria.check import Check
from rubrics.criteria.classifier import ClassifierCriterion
from rubrics.criteria.expectation import Expect, ExpectedLabel, target
from rubrics.criteria.importance import GREATEST, LEAST, Importance
from rubrics.criteria.label import NO, YES, label_key, yes_or_no
from rubrics.criteria.scale import Scale, Unit
from rubrics.criteria.sub_label import SubLabel
from rubrics.judging import Samples
from rubrics.options import Options, either
from rubrics.outcome import Unscored
from rubrics.rollout import Rollout

HALF = 0.5
"""From here on a criterion counts as met."""

KINDS = ("ask", "check", "label", "classifier", "use")

Kind = Literal["ask", "check", "label", "classifier"]
"""Who decides a criterion: the judge, code, a human label, or a classification model."""


def _worded(text: str) -> str:
    if not text.strip():
        raise ValueError("a statement without words: there is nothing to judge")
    return text


Words = Annotated[str, Field(min_length=1), AfterValidator(_worded)]
"""The text of a statement."""


def _with_effect(weight: float) -> float:
    if weight == 0:
        raise ValueError("a weight of 0 has no effect: give it a weight, or remove the criterion")
    if abs(weight) < LEAST:
        raise ValueError(f"a weight of {weight:g} has hardly any effect: the least size is {LEAST:g}")
    return weight


class Anchors(Options):
    """What either answer looks like, shown to the judge."""

    met: str
    """An example, or a description, of text for which the statement holds."""
    unmet: str
    """The same for text for which it does not."""


class CriterionGate(Options):
    """A criterion that can decide the whole rubric. Exactly one of `else` and `cap`."""

    else_: Annotated[Unit | None, Field(alias="else")] = None
    """The rubric's value where this criterion's value is below 0.5. Nothing more is judged then."""
    cap: Unit | None = None
    """The most that the rubric's value can be where this criterion's value is below 0.5."""

    @model_validator(mode="after")
    def _one(self) -> "CriterionGate":
        if (self.else_ is None) == (self.cap is None):
            raise ValueError("a gate is exactly one of `else: value` and `cap: value`")
        return self

    @property
    def value(self) -> float:
        """The rubric's value, or the most it can be, where the gate is closed."""
        found = self.cap if self.else_ is None else self.else_
        assert found is not None
        return found


class Criterion(Options):
    """Exactly one of `ask`, `check`, `label`, `classifier` and `use`, and how it counts."""

    model_config = ConfigDict(json_schema_extra=either("id", "use"))

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    """Name in verdicts, metrics and weight tables: lower-case letters, digits and _, a letter first."""
    ask: Words | None = None
    """A statement the judge finds true or not; with `scale`, a question it answers by a level."""
    anchors: Anchors | None = None
    """For a yes-or-no `ask`: what met and unmet look like."""
    levels: Annotated[Scale | None, Field(alias="scale")] = None
    """For an ordinal `ask`: each level with its value in [0, 1] or as `{value, means}`; or the levels' names
    from worst to best, of which each may be `{name: meaning}`."""
    evidence: Literal["quote"] | None = None
    """`quote`: a yes counts only with a quotation that does stand in the completion, for one more call."""
    samples: Samples | None = None
    """How often each judge is asked; left out, as the rubric's `judge` says."""
    abstain: bool = False
    """Let the judge answer that it cannot tell. `aggregate.abstain` says what becomes of that."""
    check: Check | None = None
    """A test by code."""
    label: SubLabel | None = None
    """A field of the model's answer that must equal a human label."""
    classifier: ClassifierCriterion | None = None
    """The probability that a classification model gives."""
    use: Annotated[str | None, Field(min_length=1)] = None
    """Criteria of another file: `path.yaml#id`, `catalog:name#id`, or without `#id` all of them. Keys beside
    it replace those of the criterion that is taken over."""
    weight: Annotated[float, Field(ge=-GREATEST, le=GREATEST), AfterValidator(_with_effect)] = 1.0
    """Share in the rubric's value. A negative weight is a pitfall: meeting the criterion costs."""
    importance: Importance | None = None
    """The weight as a word, in place of `weight`: `essential`, `important`, `optional` or `pitfall`."""
    when: Applicability | None = None
    """Apply only to samples with something at this path, or, as `{path, equals}`, with such a value there.
    Other samples skip the criterion."""
    gate: CriterionGate | None = None
    """Decide the whole rubric where this is not met. Gates by code run before any judge call."""
    expect: Expect = "met"
    """`met`; `unmet`: it should not hold; or `{label: path}`: as the sample's human label says."""

    @model_validator(mode="after")
    def _consistent(self) -> "Criterion":
        for wrong in (self._of_one_kind, self._said_by_its_kind, self._weighed_once):
            wrong()
        return self

    def _of_one_kind(self) -> None:
        kinds = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            found = " and ".join(kinds) or "none"
            raise ValueError(f"a criterion is exactly one of {', '.join(KINDS[:-1])} and use; found {found}")

    def _said_by_its_kind(self) -> None:
        if self.ask is None and self.use is None:
            for key in ("anchors", "scale", "evidence", "samples", "abstain"):
                if getattr(self, "levels" if key == "scale" else key):
                    raise ValueError(f"`{key}` belongs to `ask`")
        if self.levels and (self.anchors or self.evidence):
            key = "anchors" if self.anchors else "evidence"
            raise ValueError(f"`{key}` is for yes-or-no statements; a scale has its levels")
        if self.label is not None and self.expect != "met":
            raise ValueError("`label` already compares with a human label; remove `expect`")

    def _weighed_once(self) -> None:
        if self.importance is not None and "weight" in self.model_fields_set:
            raise ValueError("say `weight` or `importance`, not both")
        if self.gate is not None and (self.weight < 0 or self.importance == "pitfall"):
            hint = "weigh it above 0 and say `expect: unmet` or `not_regex`"
            raise ValueError(f"a gate cannot be a pitfall: {hint}")

    @property
    def kind(self) -> Kind:
        """Who decides it."""
        return next(kind for kind in get_args(Kind) if getattr(self, kind) is not None)

    @property
    def judged(self) -> bool:
        """Whether a model decides it, a judge or a classifier, rather than code."""
        return self.ask is not None or self.classifier is not None

    @property
    def decides(self) -> bool:
        """Whether it is a gate that settles the rubric's value by itself."""
        return self.gate is not None and self.gate.else_ is not None

    @cached_property
    def scale(self) -> Mapping[str, float] | None:
        """The value of each level, in file order; None for a yes-or-no statement."""
        return None if self.levels is None else {name: level.value for name, level in self.levels.items()}

    @property
    def choices(self) -> tuple[str, ...]:
        """What a judge chooses from: `yes` and `no`, or the scale's levels in file order."""
        return (YES, NO) if self.levels is None else tuple(self.levels)

    @property
    def label_path(self) -> str | None:
        """Where the human label of this criterion stands, if it has one."""
        if self.label is not None:
            return self.label.equals
        return self.expect.label if isinstance(self.expect, ExpectedLabel) else None

    def label_of(self, rollout: Rollout) -> str | None:
        """The human label of this rollout, by the name under which tables count it; None without one."""
        value = None if self.label_path is None else rollout.lookup(self.label_path)
        key = None if value is None else label_key(value)
        return None if key is None else self.label_name(key)

    def label_name(self, key: str) -> str | None:
        """The name of a label however it is spelled: `yes` or `no`, a level, or as `label.labels` says."""
        if self.label is not None:
            return self.label.name_of(key)
        if self.scale is not None:
            return key if key in self.scale else None
        return yes_or_no(key)

    def target(self, rollout: Rollout) -> float | Unscored | None:
        """What is expected of this rollout, in [0, 1]; None where the label is missing."""
        return target(self.expect, self.scale, rollout)

    def expected_value(self, chances: Mapping[str, float]) -> float:
        """P(yes), or the mean of the levels' values under the judge's probabilities."""
        if self.levels is None:
            return chances[YES]
        return min(1.0, math.fsum(chances[name] * level.value for name, level in self.levels.items()))
