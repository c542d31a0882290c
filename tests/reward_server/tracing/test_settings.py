"""What OpenTelemetry's variables come to."""

import pytest
from opentelemetry.sdk.resources import SERVICE_NAME

from reward_server.tracing.export import resource
from reward_server.tracing.settings import wanted
from reward_server.tracing.tracing import opened
from rubrics.problems import ConfigError

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


def test_an_endpoint_of_either_kind_asks_for_traces() -> None:
    assert wanted(ENDPOINT)
    assert wanted({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"})
    assert wanted(ENDPOINT | {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"})


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": " "},
        {"OTEL_TRACES_EXPORTER": "otlp"},
        ENDPOINT | {"OTEL_SDK_DISABLED": "TRUE"},
        ENDPOINT | {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://127.0.0.1:4318"},
    ],
    ids=str,
)
def test_without_an_endpoint_or_switched_off_there_are_none(variables: dict[str, str]) -> None:
    assert not wanted(variables)
    assert opened(variables) is None


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"),
        ({"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"}, "'http/json'"),
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER is 'zipkin'"),
    ],
)
def test_a_way_of_sending_that_is_not_known_is_an_error(variables: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as error:
        wanted(ENDPOINT | variables)
    assert said in error.value.problems[0].render()


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "gavel"),
        ({"OTEL_SERVICE_NAME": "mine"}, "mine"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=ours"}, "ours"),
    ],
)
def test_the_service_is_called_gavel_unless_a_variable_says_otherwise(
    variables: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"):
        monkeypatch.delenv(key, raising=False)
    for key, value in variables.items():
        monkeypatch.setenv(key, value)
    assert resource().attributes[SERVICE_NAME] == name
