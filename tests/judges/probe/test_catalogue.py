"""What an endpoint's list of models tells."""

import json

import pytest

from judges.backend import BackendError
from judges.probe.catalogue import Catalogue, Model, find_catalogue, read_catalogue
from judges.probe.get import Page
from judges.transport.head import Headers
from rubrics.cause import Cause
from tests.judges.probe.endpoint import endpoint, measured, models


def page(body: object, status: int = 200, **headers: str) -> Page:
    fields = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return Page(status, Headers(fields), body if isinstance(body, bytes) else json.dumps(body).encode())


@pytest.mark.parametrize(
    ("card", "model", "server"),
    [
        ({"owned_by": "vllm", "max_model_len": 32768}, Model("m", 32768), "vLLM"),
        ({"owned_by": "sglang", "max_model_len": 4096}, Model("m", 4096), "SGLang"),
        ({"owned_by": "llamacpp", "meta": {"n_ctx": 2048, "n_ctx_train": 9}}, Model("m", 2048), "llama.cpp"),
        ({"owned_by": "library"}, Model("m"), "Ollama"),
        ({"owned_by": "somebody", "context_length": 8192}, Model("m", 8192), ""),
        ({}, Model("m"), ""),
    ],
)
def test_engines_are_known_by_their_models(card: dict[str, object], model: Model, server: str) -> None:
    assert read_catalogue(page(models("m", **card))) == Catalogue([model], server)


def test_gateways_are_known_by_their_headers() -> None:
    assert read_catalogue(page(models("m", owned_by="vllm"), x_litellm_version="1.2")).server == "LiteLLM"


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html>",
        b"",
        {},
        {"data": {}},
        {"data": [{"name": "m"}]},
        {"data": [{"id": 1}]},
        [],
        "[" * 10_000,
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_what_is_no_list_of_models_is_refused(body: object) -> None:
    with pytest.raises(BackendError) as raised:
        read_catalogue(page(body, content_type="text/html; charset=utf-8"))
    assert raised.value.cause == Cause.JUDGE_GARBLED
    assert raised.value.detail == "a web page in place of a list of models"


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (401, Cause.JUDGE_REJECTED),
        (403, Cause.JUDGE_REJECTED),
        (429, Cause.JUDGE_ERROR),
        (502, Cause.JUDGE_ERROR),
    ],
)
def test_a_status_is_told(status: int, cause: Cause) -> None:
    with pytest.raises(BackendError, match=f"HTTP {status}") as raised:
        read_catalogue(page({}, status))
    assert raised.value.cause == cause


async def test_a_catalogue_is_found_or_not_there() -> None:
    with endpoint(measured, models("a", "b")) as served:
        found = await find_catalogue(served.url, "secret")
        assert found is not None
        assert [model.name for model in found.models] == ["a", "b"]
        assert served.headers[0]["Authorization"] == "Bearer secret"
        assert await find_catalogue(served.url.removesuffix("/v1"), None) is None
        assert "Authorization" not in served.headers[1]
