"""What code can tell of a tool call: whether there is such a tool, and whether it takes these arguments.

The tools stand in `metadata.tools`: a list of `{name, parameters}`, each perhaps inside `{type, function}` as
chat APIs have it. Tools that are missing or malformed are not the policy's fault: the rubric is unscored.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.rollout import Json, Rollout
from rubrics.strict_json import NotOneObject, read_object, unfence

if TYPE_CHECKING:
    from jsonschema_rs import Validator

_MOST_SCHEMAS = 1024
_ANYTHING: Mapping[str, Json] = {"type": "object"}


def known_tool(rollout: Rollout, text: str) -> bool | Unscored:
    """Whether the call `{name, arguments}` names one of the tools."""
    tools = _tools(rollout)
    return tools if isinstance(tools, Unscored) else _name(_call(text)) in tools


def arguments_fit(rollout: Rollout, text: str) -> bool | Unscored:
    """Whether the tool's JSON Schema accepts the arguments. Raises ValueError for a schema that is none."""
    tools, call = _tools(rollout), _call(text)
    if isinstance(tools, Unscored):
        return tools
    name = _name(call)
    if name is None or name not in tools:
        return False
    validator = _validator(json.dumps(tools[name], sort_keys=True))
    try:
        return validator.is_valid(call.get("arguments"))
    except ValueError:  # such as a lone surrogate, which no validator reads
        return False


def _call(text: str) -> Mapping[str, Json]:
    try:
        return read_object(unfence(text)[0])
    except NotOneObject:
        return {}


def _name(call: Mapping[str, Json]) -> str | None:
    name = call.get("name")
    return name if isinstance(name, str) else None


def _tools(rollout: Rollout) -> Mapping[str, Json] | Unscored:
    """The schema of each tool's arguments, by name."""
    tools = rollout.lookup("metadata.tools")
    if not isinstance(tools, list):
        return Unscored(Cause.MISSING_FIELD, "metadata.tools is not a list of tools")
    named = [entry for entry in map(_named, tools) if entry is not None]
    if len(named) < len(tools):
        return Unscored(Cause.MISSING_FIELD, "metadata.tools holds something that is no {name, parameters}")
    return dict(named)


def _named(tool: Json) -> tuple[str, Json] | None:
    inner = tool.get("function", tool) if isinstance(tool, dict) else None
    name = inner.get("name") if isinstance(inner, dict) else None
    if not isinstance(inner, dict) or not isinstance(name, str):
        return None
    return name, inner.get("parameters") or _ANYTHING


@lru_cache(_MOST_SCHEMAS)
def _validator(schema: str) -> "Validator":
    import jsonschema_rs

    return jsonschema_rs.validator_for(
        json.loads(schema), pattern_options=jsonschema_rs.RegexOptions(), offline=True
    )
