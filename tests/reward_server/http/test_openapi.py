"""The description of the API: valid, complete, and readable without the internet."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from fastapi.openapi.models import OpenAPI

from reward_server.http.openapi import STRUCTS
from reward_server.wire.status import STATUS
from tests.reward_server.http.serving import Json, Served, batch

GOLDEN = Path(__file__).parents[2] / "golden"


@pytest.fixture(scope="module")
def document(server: Served) -> Json:
    found: Json = server.client.get("/openapi.json").json()
    return found


def schema_of(document: Json, path: str, method: str, *steps: str) -> Json:
    """Find a schema of an operation, with the document's definitions beside it."""
    found = document["paths"][path][method]
    for step in (*steps, "content", "application/json", "schema"):
        found = found[step]
    return {**found, "components": document["components"]}


def test_it_is_openapi_3_1(document: Json) -> None:
    assert document["openapi"] == "3.1.0"
    OpenAPI.model_validate(document)
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_reference_leads_somewhere(document: Json) -> None:
    references = re.findall(r'"\$ref": "([^"]+)"', json.dumps(document))
    assert references
    for reference in references:
        target = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


def test_operations_have_names_of_their_own_and_their_parameters(document: Json) -> None:
    operations = [
        (path, operation) for path, methods in document["paths"].items() for operation in methods.values()
    ]
    assert len({operation["operationId"] for _, operation in operations}) == len(operations)
    for path, operation in operations:
        in_path = [parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"]
        assert in_path == re.findall("{(.*?)}", path)
        assert operation["summary"]


def test_the_request_schema_accepts_what_the_server_accepts(document: Json) -> None:
    schema = schema_of(document, "/v1/rewards", "post", "requestBody")
    golden = json.loads((GOLDEN / "request.json").read_text())
    jsonschema.validate(golden, schema)
    jsonschema.validate({"rollouts": [{"completion": "x"}]}, schema)


@pytest.mark.parametrize(
    "wrong",
    [
        *({}, {"rollouts": []}, {"rollouts": [{}]}, {"rollouts": [{"completion": None}]}),
        *(
            {"rollouts": [{"completion": "x"}], "deadline_s": 0},
            {"rollouts": [{"completion": "x"}], "detail": "all"},
        ),
        {"rollouts": [{"completion": "x", "unknown": 1}]},
    ],
)
def test_the_request_schema_rejects_what_the_server_rejects(
    document: Json, server: Served, wrong: Json
) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema_of(document, "/v1/rewards", "post", "requestBody"))
    assert server.post(wrong).status_code == 422


@pytest.mark.parametrize("detail", ["rewards", "components", "verdicts"])
def test_the_response_schema_accepts_what_the_server_answers(
    document: Json, server: Served, detail: str
) -> None:
    schema = schema_of(document, "/v1/rewards", "post", "responses", "200")
    jsonschema.validate(server.score(batch(2), detail=detail), schema)
    described = schema_of(document, "/v1/rewards/{name}", "get", "responses", "200")
    jsonschema.validate(server.client.get("/v1/rewards/test").json(), described)
    listed = schema_of(document, "/v1/rewards", "get", "responses", "200")
    jsonschema.validate(server.client.get("/v1/rewards").json(), listed)


def test_every_error_is_described(document: Json, server: Served) -> None:
    responses = document["paths"]["/v1/rewards"]["post"]["responses"]
    assert set(responses) == {"200", *(str(int(status)) for status in STATUS.values())}
    for code, status in STATUS.items():
        assert code in responses[str(int(status))]["description"]
    schema = schema_of(document, "/v1/rewards", "post", "responses", "422")
    jsonschema.validate(server.post(b"{}").json(), schema)


def test_docstrings_become_descriptions(document: Json) -> None:
    schemas = document["components"]["schemas"]
    assert set(schemas) == {"Cause", *(struct.__name__ for struct in STRUCTS)}
    described = schemas["RolloutRequest"]["properties"]["group"]["description"]
    assert described.startswith("The rollouts of one prompt share it.")


def test_the_docs_page_needs_nothing_from_elsewhere(server: Served) -> None:
    response = server.client.get("/docs")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in response.headers["content-security-policy"]
    page = response.text
    assert "<script" not in page
    loaded = re.findall(r"""(?:src|href)\s*=\s*["']?([^"'> ]+)|url\(([^)]*)\)|@import""", page)
    assert loaded == [("/openapi.json", "")]
    assert re.findall(r"https?://[^/\s\"']+", page) == ["http://127.0.0.1:8900"]  # the curl example
    assert "POST /v1/rewards" in page
