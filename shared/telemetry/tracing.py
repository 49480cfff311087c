"""Traces leave the process only when an OTLP endpoint is set; otherwise nothing is recorded and nothing is sent.

Every span passes an allow-list on its way out, so neither a message key nor an exception's text can leave in one,
whoever made the span. Trace context is W3C Trace Context, level 1.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event as SpanEvent
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.util.types import AttributeValue

TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
SAMPLED = 0x01

ALLOWED_ATTRIBUTES = frozenset(
    {
        "messaging.system", "messaging.operation.name", "messaging.operation.type", "messaging.destination.name",
        "messaging.destination.partition.id", "messaging.batch.message_count", "messaging.consumer.group.name",
        "http.request.method", "http.route", "http.response.status_code", "error.type",
        "db.system.name", "db.response.status_code",
        "payung.applied", "payung.repeats", "payung.parked", "payung.job", "payung.period_key", "payung.event_id",
    }
)  # fmt: skip

_TRACER = trace.get_tracer("payung")


def safe_attributes(attributes: Mapping[str, AttributeValue] | None) -> dict[str, AttributeValue]:
    """Only the listed ones of ``attributes``."""
    return {name: value for name, value in (attributes or {}).items() if name in ALLOWED_ATTRIBUTES}


class SafeExporter(SpanExporter):
    """Passes spans on without unlisted attributes, tracestate, exception messages and status texts."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send the safe form of ``spans``."""
        return self._inner.export([_safe_span(span) for span in spans])

    def shutdown(self) -> None:
        """End the exporter inside."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what waits."""
        return self._inner.force_flush(timeout_millis)


def _safe_span(span: ReadableSpan) -> ReadableSpan:
    events = []
    for event in span.events:
        kind = (event.attributes or {}).get("exception.type")
        kept = {"exception.type": kind} if isinstance(kind, str) else {}
        events.append(SpanEvent(name=event.name, attributes=kept, timestamp=event.timestamp))
    return ReadableSpan(
        name=span.name,
        context=_without_state(span.get_span_context()),
        parent=_without_state(span.parent),
        resource=span.resource,
        attributes=safe_attributes(span.attributes),
        events=events,
        links=[Link(context) for link in span.links if (context := _without_state(link.context))],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _without_state(context: SpanContext | None) -> SpanContext | None:
    """The same without ``tracestate``: a header in which whoever calls us may have written anything."""
    if context is None:
        return None
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)


def configure_tracing(
    *,
    service: str,
    role: str,
    version: str = "",
    endpoint: str | None,
    sample_ratio: float,
    exporter: SpanExporter | None = None,
) -> TracerProvider | None:
    """Start tracing if there is an ``endpoint`` (``http://collector:4318``) or an ``exporter``; else do nothing.

    New traces are recorded at ``sample_ratio``; a trace that came in goes on as its start has decided. The provider
    can be set once per process, as OpenTelemetry has it.
    """
    if exporter is None:
        if endpoint is None:
            return None
        exporter = _otlp_exporter(endpoint)
    resource = Resource(
        {"service.name": service, "service.namespace": "payung", "service.version": version, "role": role}
    )
    provider = TracerProvider(sampler=ParentBased(TraceIdRatioBased(sample_ratio)), resource=resource)
    provider.add_span_processor(BatchSpanProcessor(SafeExporter(exporter)))
    trace.set_tracer_provider(provider)
    return provider


def _otlp_exporter(endpoint: str) -> SpanExporter:
    # Imported here: a process without tracing does not carry the exporter and its protobuf.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

    return OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=5)


def shut_down_tracing(provider: TracerProvider | None) -> None:
    """Send what is left and end. It blocks (up to the exporter's time-out), so call it in a thread."""
    if provider is not None:
        provider.shutdown()


def parse_traceparent(text: str | None) -> SpanContext | None:
    """Read a W3C ``traceparent``; None if there is none or it breaks the rules (section 3.2)."""
    found = TRACEPARENT.fullmatch(text) if text else None
    if found is None or (found[1] == "00" and found[5]):
        return None
    trace_id, span_id = int(found[2], 16), int(found[3], 16)
    if not trace_id or not span_id:
        return None
    flags = TraceFlags(int(found[4], 16) & SAMPLED)
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=flags)


def current_traceparent() -> str | None:
    """The ``traceparent`` of the recorded span we are in, or None: then events carry no header at all."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid or not context.trace_flags.sampled:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-01"


@contextlib.contextmanager
def span(
    name: str,
    *,
    traceparent: str | None = None,
    links: Sequence[SpanContext] = (),
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, AttributeValue] | None = None,
) -> Iterator[Span]:
    """A span around a block, continuing the trace of ``traceparent`` if that is given and valid.

    An exception marks the span by its class only and goes on.
    """
    remote = parse_traceparent(traceparent)
    parent = None if remote is None else trace.set_span_in_context(NonRecordingSpan(remote))
    with _TRACER.start_as_current_span(
        name,
        context=parent,
        kind=kind,
        links=[Link(context) for context in links],
        attributes=safe_attributes(attributes),
        record_exception=False,
        set_status_on_exception=False,
    ) as opened:
        try:
            yield opened
        except BaseException as error:
            opened.set_attribute("error.type", type(error).__qualname__)
            opened.set_status(StatusCode.ERROR)
            raise


@contextlib.contextmanager
def batch_span(
    name: str, traceparents: Iterable[str | None] = (), attributes: Mapping[str, AttributeValue] | None = None
) -> Iterator[Span]:
    """One span around a batch, and in each recorded producer's trace a child of the same duration, linked to it."""
    with span(name, kind=SpanKind.CONSUMER, attributes=attributes) as batch:
        link = Link(batch.get_span_context())
        children = []
        for traceparent in traceparents:
            producer = parse_traceparent(traceparent)
            if producer is not None and producer.trace_flags.sampled:
                context = trace.set_span_in_context(NonRecordingSpan(producer))
                children.append(_TRACER.start_span(name, context=context, kind=SpanKind.CONSUMER, links=[link]))
        try:
            yield batch
        finally:
            for child in children:
                child.end()
