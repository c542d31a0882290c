"""JSON Schemas (draft-07, which editors complete) of the file formats, generated from the option models."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from judges.backend import JudgeOptions
from reward_server.component import Component
from reward_server.reward_file import ColumnOptions, RewardFile
from reward_server.surroundings import COMPONENTS, JUDGES
from rubrics.field_docs import document_fields
from rubrics.options import Options
from rubrics.plugin import built_in, resolve
from rubrics.rubric import Rubric
from rubrics.weight_table import CriterionTable, SampleTable

DRAFT = "http://json-schema.org/draft-07/schema#"
_REF = "#/definitions/{model}"

Schema = dict[str, Any]
"""A JSON Schema document."""


def schema_of(kind: str) -> Schema:
    """The schema of `reward`, `rubric` or `weights` files."""
    document_fields(Options)
    return _MAKERS[kind]() | {"$schema": DRAFT, "title": f"Gavel {kind} file"}


def _rubric() -> Schema:
    return _draft07(Rubric.model_json_schema(ref_template=_REF))


def _draft07(schema: Schema) -> Schema:
    """The schema with its shared parts where draft-07 has them."""
    definitions = schema.pop("$defs", {})
    return schema | {"definitions": definitions}


def _weights() -> Schema:
    adapter: TypeAdapter[object] = TypeAdapter(SampleTable | CriterionTable)
    return _draft07(adapter.json_schema(ref_template=_REF))


def _reward() -> Schema:
    components = {name: resolve(name, COMPONENTS, Component) for name in built_in(COMPONENTS, Component)}
    judges = {name: resolve(name, JUDGES, JudgeOptions) for name in built_in(JUDGES, JudgeOptions)}
    models: list[type[BaseModel]] = [RewardFile, ColumnOptions, *components.values(), *judges.values()]
    by_model, shared = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    definitions = dict(shared["$defs"])
    schemas = {model: _resolved(by_model[model, "validation"], definitions) for model in models}
    reward = schemas[RewardFile]
    common = schemas[ColumnOptions]["properties"]
    _set_entries(reward["properties"]["components"], _one_of(components, schemas, common))
    _set_entries(reward["properties"]["judges"], _one_of(judges, schemas, {"use": {"type": "string"}}))
    return reward | {"definitions": definitions}


def _set_entries(mapping: Schema, entry: Schema) -> None:
    """Say what the values of a name -> entry mapping look like."""
    mapping["patternProperties"] = dict.fromkeys(mapping["patternProperties"], entry)
    mapping["additionalProperties"] = False


def _resolved(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Schema:
    reference = schema.get("$ref")
    return dict(definitions[reference.rpartition("/")[2]]) if reference else dict(schema)


def _one_of(named: Mapping[str, type], schemas: Mapping[Any, Schema], common: Schema) -> Schema:
    """Entries by their `use`: the built-ins with their own options, anything else as it comes."""
    return {
        "type": "object",
        "required": ["use"],
        "properties": {"use": _uses(named)},
        "allOf": [_when(name, schemas[kind], common) for name, kind in named.items()],
    }


def _uses(named: Mapping[str, type]) -> Schema:
    own = {
        "type": "string",
        "pattern": "^[^:]+:[^:]+$",
        "description": "Your own class: `package.module:Class`.",
    }
    return {"anyOf": [{"enum": list(named)}, own]}


def _when(name: str, schema: Schema, common: Schema) -> Schema:
    properties = common | schema.get("properties", {}) | {"use": {"const": name}}
    return {
        "if": {"properties": {"use": {"const": name}}, "required": ["use"]},
        "then": {
            "properties": properties,
            "required": ["use", *schema.get("required", [])],
            "additionalProperties": False,
            "description": schema.get("description", ""),
        },
    }


_MAKERS: Mapping[str, Callable[[], Schema]] = {"reward": _reward, "rubric": _rubric, "weights": _weights}
