"""One criterion of a rubric: a statement for the judge, a check by code, or a label to match."""

import math
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from rubrics.check import Check
from rubrics.expectation import Expect, ExpectedLabel, target
from rubrics.label import NO, YES, label_key, yes_or_no
from rubrics.options import Options
from rubrics.outcome import Unscored
from rubrics.rollout import Rollout
from rubrics.sub_label import SubLabel

Unit = Annotated[float, Field(ge=0, le=1)]
"""A value in [0, 1]."""

HALF = 0.5
"""From here on a criterion counts as met."""


MAX_LEVELS = 24
"""A judge is offered one letter for each level."""


def _not_zero(weight: float) -> float:
    if weight == 0:
        raise ValueError("a weight of 0 has no effect: give it a weight, or remove the criterion")
    return weight


def _levels(scale: object) -> object:
    """A list of level names, worst first, as evenly spaced values."""
    if not isinstance(scale, list):
        return scale
    names = [label_key(level) for level in scale]
    if None in names or len(set(names)) != len(names) or len(names) < 2:
        raise ValueError("a scale is different level names, worst first, or each level with its value")
    return {name: index / (len(names) - 1) for index, name in enumerate(names)}


def _several(scale: dict[str, float] | None) -> dict[str, float] | None:
    if scale is not None and len(set(scale.values())) < 2:
        raise ValueError("a scale needs two levels of different value")
    if scale is not None and len(scale) > MAX_LEVELS:
        raise ValueError(f"a scale has at most {MAX_LEVELS} levels; judges are unsure beyond 7")
    return scale


Scale = Annotated[
    dict[str, Unit],
    BeforeValidator(_levels, json_schema_input_type=dict[str, Unit] | list[str | int | float]),
    AfterValidator(_several),
]


class Anchors(Options):
    """What either answer looks like, shown to the judge."""

    met: str
    """An example, or a description, of text for which the statement holds."""
    unmet: str
    """The same for text for which it does not."""


class CriterionGate(Options):
    """A criterion that can decide the whole rubric."""

    else_: Annotated[Unit, Field(alias="else")]
    """The rubric's value where this criterion's value is below 0.5. Nothing more is judged then."""


class Criterion(Options):
    """Exactly one of `ask`, `check` and `label`, and how it counts."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    """Name in verdicts, metrics and weight tables: lower-case letters, digits and _, a letter first."""
    ask: Annotated[str | None, Field(min_length=1)] = None
    """A statement the judge finds true or not; with `scale`, a question it answers by a level."""
    anchors: Anchors | None = None
    """For a yes-or-no `ask`: what met and unmet look like."""
    scale: Scale | None = None
    """For an ordinal `ask`: each level with its value in [0, 1], or the levels' names from worst to best."""
    check: Check | None = None
    """A test by code."""
    label: SubLabel | None = None
    """A field of the model's answer that must equal a human label."""
    weight: Annotated[float, Field(ge=-1e6, le=1e6), AfterValidator(_not_zero)] = 1.0
    """Share in the rubric's value. A negative weight is a pitfall: meeting the criterion costs."""
    gate: CriterionGate | None = None
    """Decide the whole rubric where this is not met. Gates by code run before any judge call."""
    expect: Expect = "met"
    """`met`; `unmet`: it should not hold; or `{label: path}`: as the sample's human label says."""

    @model_validator(mode="after")
    def _consistent(self) -> "Criterion":
        kinds = [kind for kind in ("ask", "check", "label") if getattr(self, kind) is not None]
        if len(kinds) != 1:
            found = " and ".join(kinds) or "none"
            raise ValueError(f"a criterion is exactly one of ask, check and label; found {found}")
        if self.ask is None and (self.anchors or self.scale):
            raise ValueError("`anchors` and `scale` belong to `ask`")
        if self.anchors and self.scale:
            raise ValueError("`anchors` are for yes-or-no statements; a scale has its levels")
        if self.label is not None and self.expect != "met":
            raise ValueError("`label` already compares with a human label; remove `expect`")
        if self.gate is not None and self.weight < 0:
            raise ValueError(
                "a gate cannot be a pitfall: weigh it above 0 and say `expect: unmet` or `not_regex`"
            )
        return self

    @property
    def kind(self) -> Literal["ask", "check", "label"]:
        """Who decides it: the judge, code, or a human label."""
        if self.ask is not None:
            return "ask"
        return "check" if self.check is not None else "label"

    @property
    def choices(self) -> tuple[str, ...]:
        """What a judge chooses from: `yes` and `no`, or the scale's levels in file order."""
        return (YES, NO) if self.scale is None else tuple(self.scale)

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
        if self.scale is None:
            return chances[YES]
        return min(1.0, math.fsum(chances[level] * value for level, value in self.scale.items()))
