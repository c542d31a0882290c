"""What code tells of a tool call, whatever the call and the tools look like."""

import json

import pytest

from rubrics.catalog.tool_calls import arguments_fit, known_tool
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.outcome import Unscored
from rubrics.rollout import Json, Rollout

ADD: dict[str, Json] = {
    "name": "add",
    "parameters": {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "integer"}},
        "additionalProperties": False,
    },
}


def rollout(*tools: Json) -> Rollout:
    return Rollout(id="r", completion=Completion(""), metadata={"tools": list(tools)})


def call(name: Json, arguments: Json) -> str:
    return json.dumps({"name": name, "arguments": arguments})


@pytest.mark.parametrize("tool", [ADD, {"type": "function", "function": ADD}])
def test_a_call_that_fits(tool: Json) -> None:
    assert known_tool(rollout(tool), call("add", {"a": 1}))
    assert arguments_fit(rollout(tool), call("add", {"a": 1}))
    assert arguments_fit(rollout(tool), f"```json\n{call('add', {'a': 1})}\n```")


@pytest.mark.parametrize("arguments", [{}, {"a": "1"}, {"a": 1, "b": 2}, [1], None, "a"])
def test_arguments_that_do_not_fit(arguments: Json) -> None:
    assert known_tool(rollout(ADD), call("add", arguments))
    assert not arguments_fit(rollout(ADD), call("add", arguments))


@pytest.mark.parametrize("name", ["", "Add", "add ", 1, None, ["add"], {"add": 1}])
def test_names_of_no_tool(name: Json) -> None:
    assert not known_tool(rollout(ADD), call(name, {"a": 1}))
    assert not arguments_fit(rollout(ADD), call(name, {"a": 1}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "add",
        '{"name": "add", "name": "rm", "arguments": {"a": 1}}',
        '{"name": "add", "arguments": {"a": 1}} and more',
        '{"name": "add", "arguments": ' + "[" * 100_000,
        '{"name": "add", "arguments": {"a": 1e999}}',
        '{"name": "add\ud800", "arguments": {"a": "\ud800"}}',
    ],
    ids=["empty", "word", "twice", "more", "deep", "huge", "surrogate"],
)
def test_what_is_no_call_fits_nothing(text: str) -> None:
    assert not known_tool(rollout(ADD), text)
    assert not arguments_fit(rollout(ADD), text)


def test_a_tool_without_a_schema_takes_any_object() -> None:
    assert arguments_fit(rollout({"name": "any"}), call("any", {"a": [1]}))
    assert not arguments_fit(rollout({"name": "any"}), call("any", [1]))


@pytest.mark.parametrize("arguments", ['{"a": "\\ud800"}', '{"\\ud800": 1}'])
def test_what_no_schema_can_be_checked_against_does_not_fit(arguments: str) -> None:
    choosy: Json = {"name": "any", "parameters": {"additionalProperties": {"enum": ["x"]}}}
    assert arguments_fit(rollout(choosy), call("any", {"a": "x"}))
    assert not arguments_fit(rollout(choosy), '{"name": "any", "arguments": ' + arguments + "}")


@pytest.mark.parametrize("tools", ["add", [1], [{}], [{"name": 1}], [{"function": 1}], {"name": "add"}, None])
def test_malformed_tools_are_not_the_policys_fault(tools: Json) -> None:
    broken = Rollout(id="r", completion=Completion(""), metadata={"tools": tools})
    for found in (known_tool(broken, call("add", {"a": 1})), arguments_fit(broken, "")):
        assert isinstance(found, Unscored)
        assert found.cause is Cause.MISSING_FIELD


def test_neither_are_schemas_that_are_none() -> None:
    broken = rollout({"name": "add", "parameters": {"type": "nonsense"}})
    with pytest.raises(ValueError, match="nonsense"):
        arguments_fit(broken, call("add", {"a": 1}))
