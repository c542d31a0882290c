"""What kind of file a document is: one taken for another is a single mistake, not a list of unknown keys."""

from collections.abc import Mapping
from typing import Literal

from rubrics.document import VALUE, Document
from rubrics.problems import ConfigError, Problem
from rubrics.rollout import Json

Kind = Literal["rubric", "reward", "goldens"]

_CALLED: Mapping[Kind, str] = {
    "rubric": "a rubric",
    "reward": "a reward file",
    "goldens": "a file of golden cases",
}
_TOLD_BY: Mapping[Kind, str] = {"rubric": "criteria", "reward": "components", "goldens": "cases"}
"""The key that each kind has and the others have not."""

_START: Mapping[Kind, str] = {
    "rubric": "`gavel rubric new FILE` writes one to start from",
    "reward": "`gavel init DIRECTORY` writes one to start from",
    "goldens": "remove it, and `gavel rubric test` shows what to start with",
}
_INSTEAD: Mapping[tuple[Kind, Kind], str] = {
    ("rubric", "reward"): "a reward file names it: `components: {quality: {use: rubric, rubric: FILE}}`; "
    "`gavel rubric lint` reads it alone",
    ("rubric", "goldens"): "name the file that has `cases`",
    ("reward", "rubric"): "name the file that stands after `rubric:` in it; `gavel check` reads reward files",
    ("goldens", "rubric"): "name the rubric: its golden cases are found beside it",
}
"""What to do, by what was found and what was wanted."""


def refuse_other_kind(document: Document, wanted: Kind) -> None:
    """Raise ConfigError where the file is empty, or plainly one of another kind."""
    if document.data is None:
        raise ConfigError([Problem(message="the file is empty", document=document, hint=_START[wanted])])
    found = _kind(document.data)
    if found is None or found == wanted or document.has((_TOLD_BY[wanted],)):
        return
    path = ("schema", VALUE) if document.has(("schema",)) else (_TOLD_BY[found],)
    message = f"this is {_CALLED[found]}, where {_CALLED[wanted]} is wanted"
    hint = _INSTEAD.get((found, wanted))
    raise ConfigError([Problem(message=message, document=document, path=path, hint=hint)])


def _kind(data: Json) -> Kind | None:
    """The kind that `schema` names, or else the keys."""
    if not isinstance(data, dict):
        return None
    schema = data.get("schema")
    if schema is None:
        return next((kind for kind, key in _TOLD_BY.items() if key in data), None)
    return next((kind for kind in _TOLD_BY if str(schema).startswith(f"{kind}/")), None)
