"""Traces of requests. Where none are wanted, `opened` gives None and imports nothing of OpenTelemetry."""

import asyncio
import os
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.types import Scope

from reward_server.engine.trail import Journey, Trail, followed
from reward_server.tracing.background import Background
from reward_server.tracing.settings import ENDPOINTS, wanted
from rubrics.problems import ConfigError

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

API = "/v1/"
LOOKING = frozenset({"GET", "HEAD"})
"""Outside of the API these ask for probes, metrics and pages: every few seconds, and no work."""
METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"})
FLUSH_S = 5.0
"""A server that stops waits for its collector for so long, at most."""


def opened(environment: Mapping[str, str] = os.environ) -> "Tracing | None":
    """Traces as the environment asks for them; None where it does not. Raises ConfigError."""
    if not wanted(environment):
        return None
    try:
        from reward_server.tracing.export import provider
    except ImportError as error:
        named = next(name for name in ENDPOINTS if environment.get(name))
        message = f"{named} asks for traces, and {error.name or 'opentelemetry-sdk'} is not installed"
        raise ConfigError(message, hint="pip install 'gavel-rl[otel]', or unset it") from None
    return Tracing(*provider())


class Tracing:
    """Follows requests."""

    def __init__(self, provider: "TracerProvider", exporter: "SpanExporter") -> None:
        from opentelemetry.propagate import extract

        self._provider = provider
        self._exporter = exporter
        self._extract = extract
        self._tracer = provider.get_tracer("gavel")
        self._background = Background()

    def follow(self, scope: Scope) -> "Following | None":
        """Begin the span of a request, below its caller's; None where nobody would see it."""
        from opentelemetry.trace import SpanKind

        if scope["method"] in LOOKING and not scope["path"].startswith(API):
            return None
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        caller = self._extract(dict(Headers(scope=scope)))
        span = self._tracer.start_span(method, caller, SpanKind.SERVER, {"http.request.method": method})
        return Following(self, span, method) if span.is_recording() else None

    def write(self, journey: Journey, parent: "Context") -> None:
        """Have the spans of a journey made, some time soon."""
        self._background.put(lambda each: self._write(each, parent), journey)

    async def aclose(self) -> None:
        """Send what is there; give up on a collector that does not take it."""
        await asyncio.to_thread(self._close)

    def _write(self, journey: Journey, parent: "Context") -> None:
        from reward_server.tracing.journey_spans import write

        write(journey, self._tracer, parent, self._provider.force_flush)

    def _close(self) -> None:
        ends = time.monotonic() + FLUSH_S
        self._background.finish(FLUSH_S)
        sending = threading.Thread(target=self._provider.shutdown, name="last traces", daemon=True)
        sending.start()
        sending.join(max(ends - time.monotonic(), 0))
        self._exporter.shutdown()  # ends what still waits for the collector


class Following:
    """One request that is traced."""

    def __init__(self, tracing: Tracing, span: "Span", method: str) -> None:
        from opentelemetry.trace import format_trace_id, set_span_in_context

        below = set_span_in_context(span)
        self._trail = Trail(lambda journey: tracing.write(journey, below))
        self._span = span
        self._method = method
        self.trace_id = format_trace_id(span.get_span_context().trace_id)

    def scoring(self) -> AbstractContextManager[None]:
        """Stand around whatever the request has done."""
        return followed(self._trail)

    def end(self, route: str, status: int, error: str | None) -> None:
        """End the span of the request. `route` is a route of ours, `error` a code of ours."""
        from opentelemetry.trace import Status, StatusCode

        self._span.update_name(f"{self._method} {route}")
        self._span.set_attributes({"http.route": route, "http.response.status_code": status})
        if error is not None:
            self._span.set_attribute("error.type", error)
        if status >= 500:
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()
