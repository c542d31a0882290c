"""The API's description: an OpenAPI 3.1 document made from the wire types and their docstrings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from judges.caller import Tally
from reward_server.check.equation import ColumnDescription, Description
from reward_server.engine.summary import ColumnSummary, Distribution, Summary
from reward_server.http.groups import GroupQuery
from reward_server.version import VERSION
from reward_server.wire.native import (
    ComponentResult,
    GroupMeans,
    Means,
    Result,
    RewardRequest,
    RewardResponse,
    RolloutRequest,
    Timing,
)
from reward_server.wire.status import STATUS, Error, ErrorResponse
from rubrics.field_docs import field_docs
from rubrics.rollout import Message
from rubrics.stamp import RubricStamp
from rubrics.verdict import Verdict

STRUCTS = (
    *(RewardRequest, RolloutRequest, Message),
    *(RewardResponse, Result, ComponentResult, Verdict, Timing, Tally, Summary, Distribution, ColumnSummary),
    RubricStamp,
    *(ErrorResponse, Error, Description, ColumnDescription, GroupMeans, Means),
)
"""Every type on the wire."""

_REF = "#/components/schemas/{name}"

BODIES: Mapping[tuple[str, str], tuple[object, object]] = {
    ("POST", "/v1/rewards"): (RewardRequest, RewardResponse),
    ("GET", "/v1/rewards"): (None, list[Description]),
    ("GET", "/v1/rewards/{name}"): (None, Description),
    ("GET", "/v1/groups"): (None, GroupMeans),
}
"""What a route takes and answers, where those are types of ours."""

QUERIES: Mapping[tuple[str, str], type[msgspec.Struct]] = {("GET", "/v1/groups"): GroupQuery}
"""The query parameters of a route, as the fields of a type."""

Schema = dict[str, object]


def openapi(routes: Iterable[BaseRoute]) -> bytes:
    """Write the document."""
    _, components = _schemas(STRUCTS)
    _describe_fields(components)
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Gavel", "version": VERSION, "description": "One reward URL for any GRPO trainer."},
        "paths": _paths(routes),
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"bearer": []}],
    }
    return msgspec.json.encode(document)


def _schemas(kinds: Iterable[object]) -> tuple[Sequence[Schema], dict[str, Schema]]:
    schemas, components = msgspec.json.schema_components(kinds, schema_hook=_any, ref_template=_REF)
    return schemas, components


def _any(kind: type) -> Schema:
    if kind is not object:
        raise NotImplementedError
    return {"description": "Any JSON."}


def api_routes(routes: Iterable[BaseRoute]) -> Iterator[tuple[str, APIRoute]]:
    """Yield the routes a caller is told about, each with its method."""
    for route in routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in sorted(route.methods or ()):
                yield method, route


def _describe_fields(components: Mapping[str, Schema]) -> None:
    for struct in STRUCTS:
        properties = components[struct.__name__]["properties"]
        assert isinstance(properties, dict)
        for name, text in field_docs(struct).items():
            properties[name] = {**properties[name], "description": text}


def _paths(routes: Iterable[BaseRoute]) -> dict[str, Schema]:
    paths: dict[str, Schema] = {}
    for method, route in api_routes(routes):
        paths.setdefault(route.path, {})[method.lower()] = _operation(method, route)
    return paths


def _operation(method: str, route: APIRoute) -> Schema:
    taken, answered = BODIES.get((method, route.path), (None, None))
    operation: Schema = {
        "summary": route.summary,
        "description": route.description,
        "operationId": route.name,
        "parameters": [
            *(
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                for name in route.param_convertors
            ),
            *_queries(QUERIES.get((method, route.path))),
        ],
        "responses": {"200": _content("OK", answered), **_refusals(everything=taken is not None)},
    }
    return (
        operation
        if taken is None
        else {**operation, "requestBody": {"required": True, **_content(None, taken)}}
    )


def _queries(kind: type[msgspec.Struct] | None) -> Iterator[Schema]:
    if kind is None:
        return
    texts = field_docs(kind)
    for field in msgspec.structs.fields(kind):
        schema = _schemas([field.type])[0][0]
        yield {
            "name": field.encode_name,
            "in": "query",
            "required": field.required,
            "schema": schema,
            "description": texts[field.name],
        }


def _content(description: str | None, kind: object) -> Schema:
    content: Schema = {} if description is None else {"description": description}
    if kind is not None:
        content["content"] = {"application/json": {"schema": _schemas([kind])[0][0]}}
    return content


def _refusals(*, everything: bool) -> Schema:
    """Every error by its status for a route that takes a body, one line for the others."""
    if not everything:
        return {"default": _content("refused", ErrorResponse)}
    codes: dict[int, list[str]] = {}
    for code, status in STATUS.items():
        codes.setdefault(int(status), []).append(code)
    return {str(status): _content(", ".join(codes[status]), ErrorResponse) for status in sorted(codes)}
