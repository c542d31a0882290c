"""The JSON Schemas that editors complete by: true, complete, and as strict as the program."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from reward_server.check.json_schema import Schema, schema_of
from reward_server.reward.component import Component
from reward_server.reward.entry import COMPONENTS
from rubrics.document import load, parse
from rubrics.plugin import built_in, resolve
from rubrics.rollout import Json
from tests.processes import ROOT

KINDS = ["reward", "rubric", "weights", "goldens"]


@cache
def validator(kind: str) -> Draft7Validator:
    return Draft7Validator(schema_of(kind))


def accepts(kind: str, data: Json) -> bool:
    return bool(validator(kind).is_valid(data))


def kind_of(data: Json) -> str | None:
    if not isinstance(data, dict):
        return None
    known = {"components": "reward", "criteria": "rubric", "counts": "weights", "cases": "goldens"}
    return next((kind for key, kind in known.items() if key in data), None)


def shipped() -> list[Path]:
    """Every file of ours in one of the formats."""
    paths = [path for home in ("examples", "reward_server") for path in (ROOT / home).rglob("*.yaml")]
    return [path for path in sorted(paths) if kind_of(load(path).data) is not None]


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_are_draft_07(kind: str) -> None:
    schema = schema_of(kind)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    Draft7Validator.check_schema(schema)
    assert "$defs" not in schema


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_shipped_file_is_accepted(path: Path) -> None:
    data = load(path).data
    kind = kind_of(data)
    assert kind is not None
    assert [error.message for error in validator(kind).iter_errors(data)] == []


def parts(schema: object) -> Iterator[Schema]:
    if isinstance(schema, dict):
        yield schema
    members = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for member in members:
        yield from parts(member)


@pytest.mark.parametrize("kind", KINDS)
def test_every_property_is_described(kind: str) -> None:
    bare = [
        name
        for part in parts(schema_of(kind))
        for name, described in part.get("properties", {}).items()
        if isinstance(described, dict) and not described.get("description") and "const" not in described
    ]
    assert bare == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_reference_leads_somewhere_and_nothing_is_left_over(kind: str) -> None:
    schema = schema_of(kind)
    used = {part["$ref"] for part in parts(schema) if isinstance(part.get("$ref"), str)}
    assert used == {f"#/definitions/{name}" for name in schema["definitions"]}


def reward(**changes: Json) -> dict[str, Any]:
    made = {
        "name": "x",
        "components": {"a": {"use": "structure", "weight": 0.5, "gate": {"on": "b", "at_least": 1}}},
    }
    return {**made, **changes}


ENTRIES: list[tuple[dict[str, Json], bool]] = [
    ({"use": "structure"}, True),
    ({"use": "structure", "grade": "fraction", "allow_fence": True}, True),
    ({"use": "structure", "grade": "al"}, False),
    ({"use": "structure", "wieght": 1}, False),
    ({"use": "structure", "weight": -1}, False),
    ({"use": "structure", "field": "x"}, False),
    ({"use": "structur"}, False),
    ({"grade": "all"}, False),
    ({"use": "label_match", "field": ["a", "b"], "grade": "all"}, True),
    ({"use": "label_match", "labels": {"a": [True, "yes"], "b": [False]}}, True),
    ({"use": "label_match", "labels": {"a": "yes", "b": ["no"]}}, False),
    ({"use": "text_match", "extract": {"field": "x"}}, True),
    ({"use": "text_match", "extract": "boxed"}, True),
    ({"use": "text_match", "extract": {"feild": "x"}}, False),
    ({"use": "text_match", "extract": "box"}, False),
    ({"use": "overlong"}, False),
    ({"use": "overlong", "max_tokens": 10, "cache_tokens": 2}, True),
    ({"use": "target_length", "full": [1, None], "zero": [0, None]}, True),
    ({"use": "structure", "gate": {"on": "b"}}, False),
    ({"use": "structure", "gate": {"on": "b", "at_least": 1, "else": 0.5}}, True),
    ({"use": "structure", "gate": {"on": "b", "at_least": 1, "else_": 0.5}}, False),
    ({"use": "my.package:Component", "anything": 1, "weight": 0.5}, True),
    ({"use": "my.package:Component", "weight": "a"}, False),
]


@pytest.mark.parametrize(("entry", "good"), ENTRIES)
def test_components_are_checked_by_their_use(entry: dict[str, Json], good: bool) -> None:
    assert accepts("reward", reward(components={"a": entry})) is good


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ({}, True),
        ({"nmae": "y"}, False),
        ({"name": "1x"}, False),
        ({"name": None}, False),
        ({"components": {}}, False),
        ({"components": {"1a": {"use": "structure"}}}, False),
        ({"judges": {"default": {"use": "openai", "base_url": "${URL}", "model": "m"}}}, True),
        ({"judges": {"default": {"use": "openai", "model": "m"}}}, False),
        ({"judges": {"default": {"use": "openai", "base_url": "u", "model": "m", "temprature": 0}}}, False),
        ({"judges": {"default": {"use": "opnai"}}}, False),
        ({"judges": {"default": {"use": "a.b:C", "x": 1}}}, True),
        ({"completion": {"answer": {"json": {"a": ["yes", "no"], "b": "string"}}}}, True),
        ({"completion": {"answer": {"jsn": {}}}}, False),
        ({"weighting": {"inverse_frequency": {"table": {"a": 1}}}}, True),
        ({"weighting": {"inverse_frequency": {"table": "t.yaml", "scope": "verdict"}}}, False),
        ({"on_unscored": "zero"}, False),
        ({"schema": "reward/v1"}, True),
        ({"schema": "reward/v2"}, False),
    ],
)
def test_a_reward_file_is_checked_like_the_program_does(changes: dict[str, Json], good: bool) -> None:
    assert accepts("reward", reward(**changes)) is good


@pytest.mark.parametrize("name", built_in(COMPONENTS, Component))
def test_every_component_has_all_its_options_in_the_schema(name: str) -> None:
    entry = next(iter(schema_of("reward")["properties"]["components"]["patternProperties"].values()))
    options = next(
        when["then"] for when in entry["allOf"] if when["if"]["properties"]["use"]["const"] == name
    )
    fields = resolve(name, COMPONENTS, Component).model_fields
    assert {field.alias or key for key, field in fields.items()} <= options["properties"].keys()
    assert {"use", "weight", "gate"} <= options["properties"].keys()
    assert options["description"]


RUBRIC = "schema: rubric/v1\nid: x\ncriteria:\n  - {id: a, %s}\n"


@pytest.mark.parametrize(
    ("criterion", "good"),
    [
        ("ask: Good?", True),
        ("ask: Good?, wieght: 2", False),
        ("ask: Good?, scale: [bad, good]", True),
        ("ask: Good?, scale: {bad: 0, good: 1}", True),
        ("check: {words: {at_least: 3}}", True),
        ("check: {word: {at_least: 3}}", False),
        ("label: {field: a, equals: metadata.a}", True),
        ("ask: Good?, expect: {label: metadata.a}", True),
        ("ask: Good?, expect: mett", False),
        ("ask: Good?, scale: [bad, {good: means this}]", True),
        ("ask: Good?, scale: {bad: 0, good: {value: 1, means: this}}", True),
        ("ask: Good?, scale: {bad: 0, good: {means: this}}", False),
        ("ask: Good?, importance: essential, when: metadata.x, evidence: quote, samples: 3", True),
        ("ask: Good?, importance: vital", False),
        ("ask: Good?, gate: {cap: 0.5}", True),
        ("classifier: {use: hhem, premise: prompt, claim: completion}", True),
        ("classifier: {use: hhem}", False),
    ],
)
def test_a_rubric_is_checked(criterion: str, good: bool) -> None:
    assert accepts("rubric", parse(RUBRIC % criterion).data) is good


@pytest.mark.parametrize(
    ("rest", "good"),
    [
        ("extends: other.yaml", True),
        ("criteria: [{use: 'other.yaml'}]", True),
        ("criteria: [{use: 'other.yaml#a', weight: 2}]", True),
        ("criteria: [{weight: 2}]", False),
        ("judge: {mode: {batch: 4}, samples: 3, reduce: majority}", False),
        ("extends: catalog:helpfulness\njudge: {mode: all, min_votes: 2}", True),
    ],
)
def test_a_rubric_may_take_its_criteria_from_elsewhere(rest: str, good: bool) -> None:
    assert accepts("rubric", parse(f"schema: rubric/v1\nid: x\n{rest}\n").data) is good


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("scope: sample_label\ncounts: {a: 1, b: 2}", True),
        ("scope: sample_label\ncounts: {a: -1}", False),
        ("scope: criterion_label\ncounts: {c: {a: 1, b: 2}}", True),
        ("scope: verdict\ncounts: {c: {met: 1, unmet: 2}}", True),
        ("scope: verdict\ncounts: {c: 1}", False),
        ("scope: other\ncounts: {a: 1}", False),
        ("scope: sample_label\ncount: {a: 1}", False),
    ],
)
def test_a_table_is_checked(text: str, good: bool) -> None:
    assert accepts("weights", parse(text).data) is good


def test_schemas_are_made_alike_every_time() -> None:
    assert [schema_of(kind) for kind in KINDS] == [schema_of(kind) for kind in KINDS]
