"""Takes the spans of a whole run, as an OpenTelemetry collector does, and keeps them as text."""

from __future__ import annotations

import contextlib
import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class SpanCollector:
    """Spans as text, by name of the span."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.spans: list[tuple[str, str]] = []

    def take(self, body: bytes) -> None:
        """Keep the spans of one export, with everything that they carry."""
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            about = str(resource.resource)
            for scope in resource.scope_spans:
                self.spans += [(span.name, f"{about}\n{span}") for span in scope.spans]


@contextlib.contextmanager
def collecting() -> Iterator[SpanCollector]:
    """A collector on a free loopback port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            collector.take(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = SpanCollector(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
