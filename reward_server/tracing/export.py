"""Sending spans to a collector: in the background, in batches, and never a reason for noise or delay."""

import logging
from collections.abc import Sequence
from urllib.parse import urlsplit

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from reward_server.version import VERSION

NAME = "gavel"

_LOG = structlog.get_logger("gavel.tracing")


class ToldOnce(SpanExporter):
    """Sends spans; tells the log once when that stops to work, and once when it works again."""

    def __init__(self, inner: SpanExporter, where: str) -> None:
        self._inner = inner
        self._where = where
        self._failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._inner.export(spans)
        failing = result is not SpanExportResult.SUCCESS
        if failing and not self._failing:
            _LOG.warning("traces cannot be sent", collector=self._where, reason=_reasons.last)
        elif self._failing and not failing:
            _LOG.info("traces are sent again", collector=self._where)
        self._failing = failing
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()


class _Reasons(logging.Handler):
    """Keeps what the SDK said last out of the log: it speaks for each attempt of each batch."""

    last = ""
    _LONGEST = 200

    def emit(self, record: logging.LogRecord) -> None:
        self.last = record.getMessage()[: self._LONGEST]


_reasons = _Reasons()


def provider() -> tuple[TracerProvider, SpanExporter]:
    """What the standard variables configure, and what it sends by. The global provider is left alone."""
    inner = OTLPSpanExporter()
    exporter = ToldOnce(inner, _place(inner._endpoint))  # noqa: SLF001 - what the variables came to
    made = TracerProvider(resource=resource(), shutdown_on_exit=False)
    made.add_span_processor(BatchSpanProcessor(exporter))
    _hush()
    return made, exporter


def resource() -> Resource:
    """What the spans are of: `service.name` is `gavel` where no variable says another."""
    found = Resource.create({SERVICE_VERSION: VERSION})
    if str(found.attributes[SERVICE_NAME]).startswith("unknown_service"):
        found = found.merge(Resource({SERVICE_NAME: NAME}))
    return found


def _hush() -> None:
    """Keep the SDK's own log lines for `ToldOnce`, once it is set up: from now on they are about sending."""
    logger = logging.getLogger("opentelemetry")
    logger.propagate = False
    logger.handlers = [_reasons]


def _place(endpoint: str) -> str:
    """A URL without what may be secret in it."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
