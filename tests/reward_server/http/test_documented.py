"""docs/api.md has everything that the URL takes, answers, refuses and exports, and its examples are true."""

import json
from pathlib import Path

import msgspec
import pytest

from reward_server.http.app import ROUTES
from reward_server.http.openapi import STRUCTS
from reward_server.limits import Limits
from reward_server.wire.status import STATUS
from tests.pages import fences, text_of
from tests.processes import ROOT, ServerProcess
from tests.reward_server.http.serving import GAVEL, Json, started

PAGE = text_of("docs/api.md")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line[:1] == "|"
]


@pytest.mark.parametrize("struct", STRUCTS)
def test_every_field_of_the_wire_is_named(struct: type[msgspec.Struct]) -> None:
    assert [field for field in struct.__struct_fields__ if field not in PAGE] == []


def test_every_route_is_named() -> None:
    assert [path for method, path, *_ in ROUTES if f"{method} {path}" not in PAGE] == []


def test_every_error_has_a_row_with_its_status() -> None:
    rows = {row[1]: row[0] for row in ROWS if row[0].isdigit()}
    assert rows == {f"`{code}`": str(int(status)) for code, status in STATUS.items()}


def test_every_limit_has_a_row_with_its_flag_variable_and_default() -> None:
    rows = {row[0]: (row[1], row[2].replace(",", "")) for row in ROWS if row[0].startswith("`--")}
    for name, value in Limits():
        flag = f"`--{name.replace('_', '-')}`"
        assert rows[flag] == (
            f"`GAVEL_{name.upper()}`",
            f"{value:g}" if isinstance(value, float) else str(value),
        )


def test_the_limits_are_those_of_the_command_line() -> None:
    from inspect import signature

    from reward_server.cli.serve import serve

    parameters = signature(serve).parameters
    assert dict(Limits()) == {name: parameters[name].default for name in Limits.model_fields}


def test_the_example_is_answered_as_shown(judge: ServerProcess, tmp_path: Path) -> None:
    request, answer, error = fences("docs/api.md", "json")
    starter = ROOT / "reward_server" / "starter" / "reward.yaml"
    command = (GAVEL, "serve", str(starter), "--port", "0")
    with started(command, tmp_path / "stderr.txt", {"OPENAI_BASE_URL": judge.base_url}) as served:
        response = served.post(request.encode())
        assert response.status_code == 200, response.text
        assert shape(response.json()) == shape(json.loads(answer))
        refused = served.refusal({"rollouts": [{"completion": text} for text in ("", "", "", None)]}, 422)
        assert {"error": refused} == json.loads(error)


def shape(value: object) -> Json | object:
    """A JSON value with its numbers and digests taken for equal: names, texts, causes and nulls remain."""
    if isinstance(value, dict):
        return {key: shape(member) for key, member in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    if isinstance(value, str):
        return value.partition(":")[0] if value.startswith("sha256:") else value
    return type(value).__name__
