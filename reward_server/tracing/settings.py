"""What OpenTelemetry's own environment variables ask for."""

from collections.abc import Mapping

from rubrics.problems import ConfigError

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
PROTOCOL = "http/protobuf"
EXPORTERS = "OTEL_TRACES_EXPORTER"


def wanted(environment: Mapping[str, str]) -> bool:
    """Whether traces are to be sent. Raises ConfigError for a way of sending that is not known here."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = environment.get(EXPORTERS, "").strip() or "otlp"
    if exporter == "none" or not _first(environment, ENDPOINTS):
        return False
    if exporter != "otlp":
        raise ConfigError(f"{EXPORTERS} is {exporter[:40]!a}", hint="this server knows `otlp` and `none`")
    protocol = _first(environment, PROTOCOLS) or PROTOCOL
    if protocol != PROTOCOL:
        raise ConfigError(
            f"traces cannot be sent by {protocol[:40]!a}",
            hint=f"set {PROTOCOLS[1]}={PROTOCOL}; collectors listen for it on port 4318",
        )
    return True


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((value for name in names if (value := environment.get(name, "").strip())), "")
