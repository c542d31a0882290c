"""What an author or a human label expects of a criterion, as a point on [0, 1].

A finding v (the probability that the statement holds, or the expected value on the scale) is worth
1 - |v - target|: v itself where it should be met (target 1), 1 - v where it should not (target 0), and
the closeness to the labelled level on a scale.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from rubrics.cause import Cause
from rubrics.criteria.label import YES, label_key, yes_or_no
from rubrics.options import Options
from rubrics.outcome import Unscored
from rubrics.rollout import Rollout

LabelPath = Annotated[str, Field(min_length=1)]
"""Where a human label stands: a path such as `metadata.labels.spam` or `ground_truth.spam`."""


class ExpectedLabel(Options):
    """What to expect is labelled for each sample."""

    label: LabelPath
    """Where the label stands. yes, true, met or 1 expect the statement to hold, no, false, unmet or 0 expect
    it not to; on a scale it is a level's name. A rollout without the label skips the criterion."""


def _word_or_label(value: object) -> str:
    return "label-object" if isinstance(value, Mapping | ExpectedLabel) else "word"


def _not_an_answer(value: object) -> object:
    """Refuse what a judge would answer, as `no` and `false`, with the word that is meant."""
    key = None if isinstance(value, Mapping | ExpectedLabel) else label_key(value)
    word = None if key is None or key in {"met", "unmet"} else yes_or_no(key)
    if word is not None:
        raise ValueError(f"say `expect: {'met' if word == YES else 'unmet'}`, or name a label")
    return value


Expect = Annotated[
    Annotated[Literal["met", "unmet"], Tag("word")] | Annotated[ExpectedLabel, Tag("label-object")],
    Discriminator(_word_or_label),
    BeforeValidator(_not_an_answer),
]


def target(expect: Expect, scale: Mapping[str, float] | None, rollout: Rollout) -> float | Unscored | None:
    """The expected point; None where the label is missing, Unscored where it is not one to compare with."""
    if not isinstance(expect, ExpectedLabel):
        return 1.0 if expect == "met" else 0.0
    label = rollout.lookup(expect.label)
    if label is None:
        return None
    key = label_key(label)
    found = None if key is None else _point(key, scale)
    if found is None:
        wanted = " or ".join(scale or ("yes", "no"))
        return Unscored(Cause.INVALID_GROUND_TRUTH, f"the label at {expect.label} is not {wanted}")
    return found


def _point(key: str, scale: Mapping[str, float] | None) -> float | None:
    if scale is not None:
        return scale.get(key)
    word = yes_or_no(key)
    return None if word is None else float(word == YES)


def worth(finding: float, expected: float) -> float:
    """1 - |finding - expected|, exactly `finding` where 1 is expected."""
    return finding if expected == 1.0 else 1.0 - abs(finding - expected)
