"""JSON Schemas (draft-07, which editors complete) of the file formats, generated from the option models."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core.core_schema import ModelSchema

from judges.backend import JudgeOptions
from judges.classifiers.options import ClassifierOptions
from reward_server.reward.component import Component
from reward_server.reward.entry import CLASSIFIERS, COMPONENTS, JUDGES
from reward_server.reward.reward_file import ColumnOptions, RewardFile
from rubrics.field_docs import field_docs
from rubrics.goldens.goldens import Goldens
from rubrics.plugin import built_in, resolve
from rubrics.rubric import Rubric
from rubrics.weights.table import CriterionTable, SampleTable

DRAFT = "http://json-schema.org/draft-07/schema#"
_DEFINITIONS = "#/definitions/"
_REF = _DEFINITIONS + "{model}"

Schema = dict[str, Any]
"""A JSON Schema, or a part of one."""


def schema_of(kind: str) -> Schema:
    """Generate the schema of `reward`, `rubric`, `weights` or `goldens` files."""
    schema = _MAKERS[kind]()
    definitions = schema.pop("$defs", {}) | schema.pop("definitions", {})
    needed = _needed(schema, definitions)
    return {"$schema": DRAFT, "title": f"Gavel {kind} file", **schema, "definitions": needed}


class _Documented(GenerateJsonSchema):
    """Puts the docstring below each field into the schema of its property."""

    def model_schema(self, schema: ModelSchema) -> Schema:
        made = super().model_schema(schema)
        model = schema["cls"]
        docs = field_docs(model)
        properties = made.get("properties", {})
        for name, field in model.model_fields.items():
            key = field.alias or name
            if name in docs:
                properties[key] = _described(properties[key], docs[name])
        return made

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - the name says all
        return False


def _described(part: Schema, text: str) -> Schema:
    """The part with its documentation; draft-07 ignores what stands beside a reference."""
    if "$ref" in part:
        reference = {"$ref": part["$ref"]}
        part = {key: value for key, value in part.items() if key != "$ref"} | {"allOf": [reference]}
    return part | {"description": " ".join(text.split())}


def _rubric() -> Schema:
    return Rubric.model_json_schema(ref_template=_REF, schema_generator=_Documented)


def _goldens() -> Schema:
    return Goldens.model_json_schema(ref_template=_REF, schema_generator=_Documented)


def _weights() -> Schema:
    adapter: TypeAdapter[object] = TypeAdapter(SampleTable | CriterionTable)
    return adapter.json_schema(ref_template=_REF, schema_generator=_Documented)


def _reward() -> Schema:
    components = {name: resolve(name, COMPONENTS, Component) for name in built_in(COMPONENTS, Component)}
    judges = {name: resolve(name, JUDGES, JudgeOptions) for name in built_in(JUDGES, JudgeOptions)}
    classifiers = {
        name: resolve(name, CLASSIFIERS, ClassifierOptions)
        for name in built_in(CLASSIFIERS, ClassifierOptions)
    }
    models = [*components.values(), *judges.values(), *classifiers.values()]
    schemas, definitions = _schemas([RewardFile, ColumnOptions, *models])
    reward = schemas[RewardFile]
    common = schemas[ColumnOptions]["properties"]
    use = {"use": {"description": "A built-in one, or your own: `package.module:Class`."}}
    _set_entries(reward["properties"]["components"], _one_of(components, schemas, common))
    _set_entries(reward["properties"]["judges"], _one_of(judges, schemas, use))
    _set_entries(reward["properties"]["classifiers"], _one_of(classifiers, schemas, use))
    return reward | {"definitions": definitions}


def _schemas(models: Sequence[type[BaseModel]]) -> tuple[dict[type[BaseModel], Schema], Schema]:
    """The schema of each model, and the definitions they share."""
    by_model, shared = models_json_schema(
        [(model, "validation") for model in models], ref_template=_REF, schema_generator=_Documented
    )
    definitions = shared["$defs"]
    return {model: dict(definitions[_target(by_model[model, "validation"])]) for model in models}, definitions


def _target(reference: Mapping[str, str]) -> str:
    return reference["$ref"].removeprefix(_DEFINITIONS)


def _set_entries(mapping: Schema, entry: Schema) -> None:
    """Say what the values of a name -> entry mapping look like."""
    mapping["patternProperties"] = dict.fromkeys(mapping["patternProperties"], entry)
    mapping["additionalProperties"] = False


def _one_of(named: Mapping[str, type[BaseModel]], schemas: Mapping[Any, Schema], common: Schema) -> Schema:
    """Entries by their `use`: the built-ins with their own options, anything else as it comes."""
    use = {"anyOf": [{"enum": list(named)}, {"type": "string", "pattern": "^[^:]+:[^:]+$"}]}
    return {
        "type": "object",
        "required": ["use"],
        "properties": common | {"use": use | {"description": common["use"]["description"]}},
        "allOf": [_when(name, schemas[kind], common) for name, kind in named.items()],
    }


def _when(name: str, schema: Schema, common: Schema) -> Schema:
    return {
        "if": {"properties": {"use": {"const": name}}, "required": ["use"]},
        "then": {
            "description": schema.get("description", ""),
            "properties": common | schema.get("properties", {}) | {"use": {"const": name}},
            "required": ["use", *schema.get("required", [])],
            "additionalProperties": False,
        },
    }


def _needed(schema: Schema, definitions: Schema) -> Schema:
    """Those of the definitions that the schema refers to, directly or not."""
    needed: Schema = {}
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = definitions[name]
            waiting += _references(definitions[name])
    return dict(sorted(needed.items()))


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield _target(part)
        for inner in part.values():
            yield from _references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _references(inner)


_MAKERS: Mapping[str, Callable[[], Schema]] = {
    "reward": _reward,
    "rubric": _rubric,
    "weights": _weights,
    "goldens": _goldens,
}
