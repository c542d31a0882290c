"""`when`: the samples to which a criterion applies. To others it does not, for all their rollouts alike."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from rubrics.criteria.label import label_key
from rubrics.options import Options
from rubrics.rollout import Json, Rollout

SamplePath = Annotated[str, Field(pattern=r"^(ground_truth|metadata)(\..+)?$")]
"""Where something of the sample stands, which is the same for all rollouts of a prompt."""

_COMPARISON = re.compile(r"==|!=|\s(?:=|is|in)\s")
"""A condition written as in code. As a path it would name nothing, and the criterion would never apply."""

Label = str | int | float | bool


class When(Options):
    """A condition on the sample."""

    path: SamplePath
    """A path that starts with `ground_truth` or `metadata`."""
    equals: Annotated[list[Label], Field(min_length=1)] | Label | None = None
    """The value, or any of these values, compared as labels are. Left out: anything but null, false and
    empty."""

    @model_validator(mode="after")
    def _of_a_path(self) -> "When":
        if _COMPARISON.search(self.path):
            example = "`{path: metadata.language, equals: de}`"
            raise ValueError(f"a path cannot compare: name the value beside it, as in {example}")
        return self

    @model_validator(mode="after")
    def _with_a_value(self) -> "When":
        if self.equals is None and "equals" in self.model_fields_set:
            raise ValueError("`equals` is empty: name the value, or leave `equals` out for any")
        return self

    def holds(self, rollout: Rollout) -> bool:
        """Whether the criterion applies to this rollout."""
        value = rollout.lookup(self.path)
        if self.equals is None:
            return value is not None and value is not False and value not in ("", [], {})
        wanted = self.equals if isinstance(self.equals, list) else [self.equals]
        key = None if value is None else label_key(value)
        return key is not None and key in map(label_key, wanted)


def _condition(when: Json) -> object:
    return {"path": when} if isinstance(when, str) else when


Applicability = Annotated[When, BeforeValidator(_condition, json_schema_input_type=str | When)]
"""A path, or a path with the values it should have."""


def words(when: When) -> str:
    """The condition in words, for reports."""
    if when.equals is None:
        return f"there is something at {when.path}"
    wanted = when.equals if isinstance(when.equals, list) else [when.equals]
    return f"{when.path} is {' or '.join(map(str, wanted))}"
