"""One span per batch; the producer's trace goes on for each event whose producer sampled it.

Without an OpenTelemetry provider all of this is a no-op. Attributes never hold keys or bodies.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from opentelemetry import trace
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, TraceFlags

from shared.messaging.intake import Item

_TRACER = trace.get_tracer("payung.messaging")
_TRACEPARENT_PARTS = 4


def parse_traceparent(text: str) -> SpanContext | None:
    """Read a W3C ``traceparent``; None if it is malformed or all zero."""
    parts = text.split("-")
    if len(parts) < _TRACEPARENT_PARTS or len(parts[1]) != 32 or len(parts[2]) != 16:
        return None
    try:
        trace_id, span_id, flags = int(parts[1], 16), int(parts[2], 16), int(parts[3], 16)
    except ValueError:
        return None
    if trace_id == 0 or span_id == 0:
        return None
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))


def current_traceparent() -> str | None:
    """The ``traceparent`` of the span we are in, or None outside a sampled trace."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid or not context.trace_flags.sampled:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-01"


@contextlib.contextmanager
def batch_span(items: Sequence[Item]) -> Iterator[None]:
    """A span around a batch, and one in each sampled producer's own trace, linked to it."""
    with _TRACER.start_as_current_span("process batch", kind=SpanKind.CONSUMER) as span:
        span.set_attribute("messaging.system", "kafka")
        span.set_attribute("messaging.batch.message_count", len(items))
        link = Link(span.get_span_context())
        children = []
        for item in items:
            sampled = item.received.traceparent if item.received is not None else None
            if sampled is None or not sampled.endswith("-01"):
                continue
            producer = parse_traceparent(sampled)
            if producer is None:
                continue
            child = _TRACER.start_span(
                f"process {item.record.topic}",
                context=trace.set_span_in_context(NonRecordingSpan(producer)),
                kind=SpanKind.CONSUMER,
                links=[link],
                attributes={"messaging.system": "kafka", "messaging.destination.name": item.record.topic},
            )
            children.append(child)
        try:
            yield
        finally:
            for child in children:
                child.end()
