"""Traces of requests. `opened` gives None where none are wanted: then nothing of OpenTelemetry is imported."""

import asyncio
import os
from collections.abc import Mapping
from contextlib import ExitStack
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

UNTRACED = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds by machines."""
METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"})
FLUSH_S = 5.0
"""A server that stops waits for its collector for so long, at most."""
PACE = 1000
"""Spans after which those of a journey are sent before more are made: the SDK drops what its queue has no room for."""


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
        self._made = 0

    def follow(self, scope: Scope) -> "Following | None":
        """Begin the span of a request, below its caller's; None where nobody would see it."""
        from opentelemetry.trace import SpanKind

        if scope["path"] in UNTRACED:
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

        write(journey, self._tracer, parent, self._paced)
