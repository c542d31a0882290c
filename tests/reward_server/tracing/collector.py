"""An OpenTelemetry collector: real HTTP on loopback, every span it was sent decoded from its protobuf."""

import contextlib
import gzip
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

Value = str | int | float | bool | list[str]


@dataclass(frozen=True)
class Span:
    """One span as it arrived."""

    name: str
    id: bytes
    parent: bytes
    trace: str
    kind: int
    start: int
    end: int
    failed: bool
    attributes: Mapping[str, Value]


@dataclass
class Collector:
    """What was received so far."""

    url: str
    spans: list[Span] = field(default_factory=list)
    resources: list[Mapping[str, Value]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    status: int = 200

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]

    def below(self, parent: Span, name: str = "") -> list[Span]:
        """The children of a span, by the beginning of their names."""
        return [span for span in self.spans if span.parent == parent.id and span.name.startswith(name)]

    def take(self, body: bytes, headers: Mapping[str, str]) -> None:
        content = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
        self.headers.append(headers)
        self.bodies.append(content)
        for resource in ExportTraceServiceRequest.FromString(content).resource_spans:
            self.resources.append({pair.key: _value(pair.value) for pair in resource.resource.attributes})
            for scope in resource.scope_spans:
                self.spans += [
                    Span(
                        name=span.name,
                        id=span.span_id,
                        parent=span.parent_span_id,
                        trace=span.trace_id.hex(),
                        kind=span.kind,
                        start=span.start_time_unix_nano,
                        end=span.end_time_unix_nano,
                        failed=span.status.code == 2,
                        attributes={pair.key: _value(pair.value) for pair in span.attributes},
                    )
                    for span in scope.spans
                ]


@contextlib.contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector on a free port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if collector.status == 200:
                collector.take(body, {name.lower(): value for name, value in self.headers.items()})
            self.send_response(collector.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
            ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


def _value(value: AnyValue) -> Value:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [each.string_value for each in value.array_value.values]
    found: Value = getattr(value, kind or "string_value")
    return found
