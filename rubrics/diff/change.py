"""What was written otherwise, key by key. Whatever keys the format has: none can be forgotten here."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from rubrics.criteria.criterion import Criterion
from rubrics.rollout import Json
from rubrics.rubric import Rubric

Part = Literal["words", "evidence", "asking", "code", "arithmetic", "rest"]
"""`words`: said to the judge. `evidence`: what it sees, and where. `asking`: how it is asked, how often, and
which model. `code`: decided without one. `arithmetic`: what becomes of the answers. `rest`: nothing that
counts."""

_PARTS: dict[str, Part] = {
    "ask": "words",
    "anchors": "words",
    "guidelines": "words",
    "inputs": "evidence",
    "layout": "evidence",
    "judge": "asking",
    "samples": "asking",
    "evidence": "asking",
    "abstain": "asking",
    "classifier": "asking",
    "importance": "rest",
    "check": "code",
    "label": "code",
    "description": "rest",
    "id": "rest",
}
_WHOLE = {"scale", "inputs", "contains", "json_schema", "expect"}
"""Keys whose value is shown as one: its order counts, or its keys are the author's."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One key. None stands for a key that is not there, and does nothing there."""

    key: str
    part: Part
    before: Json
    after: Json
    criterion: str | None = None


def changes_of(before: Criterion, after: Criterion) -> list[Change]:
    """What a criterion says otherwise, and nothing of its id."""
    found = _compare(_written(before), _written(after))
    return [msgspec.structs.replace(change, criterion=after.id) for change in found if change.key != "id"]


def changes_around(before: Rubric, after: Rubric) -> list[Change]:
    """What two rubrics say otherwise apart from their criteria and their version."""
    beside = {"schema", "version", "criteria"}
    return [change for change in _compare(_written(before), _written(after)) if change.key not in beside]


def _written(model: Rubric | Criterion) -> dict[str, Json]:
    data: dict[str, Json] = model.model_dump(mode="json", exclude_none=True, exclude={"criteria"})
    if isinstance(model, Criterion) and model.scale is not None and not any(_meanings(model)):
        data["scale"] = dict(model.scale)
    return dict(_leaves(data, ""))


def _meanings(criterion: Criterion) -> list[str | None]:
    return [level.means for level in (criterion.levels or {}).values()]


def _leaves(data: dict[str, Json], prefix: str) -> Iterator[tuple[str, Json]]:
    for key, value in data.items():
        if isinstance(value, dict) and key not in _WHOLE:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _compare(before: dict[str, Json], after: dict[str, Json]) -> list[Change]:
    return [
        Change(key=key, part=_part(key, before.get(key), after.get(key)), before=a, after=b)
        for key in dict.fromkeys([*before, *after])
        if not _same(a := before.get(key), b := after.get(key))
    ]


def _same(before: Json, after: Json) -> bool:
    if isinstance(before, dict) and isinstance(after, dict):
        return list(before.items()) == list(after.items())  # the order of levels and of inputs counts
    return before == after


def _part(key: str, before: Json, after: Json) -> Part:
    top = key.partition(".")[0]
    if top == "scale":
        return "arithmetic" if _said(before) == _said(after) else "words"
    return _PARTS.get(top, "arithmetic")


def _said(scale: Json) -> Json:
    """What a judge reads of a scale: names and meanings, in order."""
    if not isinstance(scale, dict):
        return None
    return [[name, level.get("means") if isinstance(level, dict) else None] for name, level in scale.items()]
