"""The levels of an ordinal criterion: names, worst first or with values, and what each means."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from rubrics.criteria.label import label_key
from rubrics.options import Options
from rubrics.rollout import Json

Unit = Annotated[float, Field(ge=0, le=1)]
"""A value in [0, 1]."""

MAX_LEVELS = 24
"""A judge is offered one letter for each level."""


class Level(Options):
    """One level of a scale."""

    value: Unit
    """What it is worth, before `expect`."""
    means: Annotated[str, Field(min_length=1)] | None = None
    """What a text on this level looks like, shown to the judge."""


def _level(level: object) -> object:
    """A bare number is a level without a meaning."""
    return {"value": level} if isinstance(level, int | float) and not isinstance(level, bool) else level


Levels = dict[str, Annotated[Level, BeforeValidator(_level, json_schema_input_type=float | Level)]]
"""Levels by name, in file order."""


def _spread(scale: object) -> object:
    """A list of level names, worst first, as evenly spaced values. `{name: meaning}` gives one a meaning."""
    if not isinstance(scale, list):
        return scale
    levels = [_named(level) for level in scale]
    names = [name for name, _ in levels]
    if None in names or len(set(names)) != len(names) or len(names) < 2:
        raise ValueError("a scale is different level names, worst first, or each level with its value")
    last = len(levels) - 1
    return {name: {"value": place / last, "means": means} for place, (name, means) in enumerate(levels)}


def _named(level: Json) -> tuple[str | None, Json]:
    """A level's name, None where it is no name, and its meaning."""
    if isinstance(level, Mapping) and len(level) == 1:
        ((name, means),) = level.items()
        return name, means
    return label_key(level), None


def _several(scale: dict[str, Level] | None) -> dict[str, Level] | None:
    if scale is not None and len({level.value for level in scale.values()}) < 2:
        raise ValueError("a scale needs two levels of different value")
    if scale is not None and len(scale) > MAX_LEVELS:
        raise ValueError(f"a scale has at most {MAX_LEVELS} levels; judges are unsure beyond 7")
    return scale


_Listed = list[str | int | float | dict[str, str]]

Scale = Annotated[
    Levels,
    BeforeValidator(_spread, json_schema_input_type=dict[str, float | Level] | _Listed),
    AfterValidator(_several),
]
