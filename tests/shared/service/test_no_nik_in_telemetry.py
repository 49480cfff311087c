"""Ways in which a NIK could still have reached a log line, a span or the line with the settings."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.telemetry.logging import configure_logging
from shared.telemetry.safe_values import MASK, mask_text, safe_value
from shared.telemetry.tracing import SafeExporter

NIK = "6472014101900001"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    "text",
    [
        f"NIK{NIK}",
        f"NIK-{NIK}",
        f"worker-{NIK}",
        f"{NIK}-budi",
        f"{NIK}a",
        "6472/0141/0190/0001",
        "6472_0141_0190_0001",
        "6472\u00a00141\u00a00190\u00a00001",
        "hp081234567890",
    ],
)
def test_letters_and_other_separators_beside_the_digits_do_not_save_them(text: str) -> None:
    shown = mask_text(text)
    assert MASK in shown
    assert not any(part in shown for part in ("0141", "0190", "1234567890"))


@pytest.mark.parametrize(
    "text",
    [
        "01971234-5678-7123-9123-123456789012",
        "worker 0197c1f4-6d3a-7c55-9b1e-2f1d3c4b5a69 of 2026-11-22T10:00:00.123456+08:00",
        "10.244.101.123:9092,192.168.100.200:9092",
        "worker.enrolled-11 at 123456789",
    ],
)
def test_identifiers_addresses_and_times_stay_readable(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize("number", [float(NIK), Decimal(NIK), int(NIK)])
def test_a_nik_as_a_number_of_any_type_is_masked(number: float | Decimal) -> None:
    assert safe_value(number) == MASK


@pytest.mark.parametrize("number", [float("nan"), float("inf"), Decimal("-Infinity")])
def test_a_number_that_json_does_not_know_leaves_the_line_valid(number: float | Decimal) -> None:
    output = io.StringIO()
    pipe = configure_logging(service="s", role="r", log_format="json", stream=output)
    pipe.write({"event": "looked", "age_s": number})

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    assert isinstance(json.loads(output.getvalue(), parse_constant=refuse)["age_s"], str)


def test_a_callers_tracestate_does_not_leave_with_our_spans() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(SafeExporter(exporter)))
    headers = {"traceparent": TRACEPARENT, "tracestate": f"nik={NIK}"}
    parent = TraceContextTextMapPropagator().extract(headers)
    with provider.get_tracer("test").start_as_current_span("GET /visits", context=parent):
        pass
    (recorded,) = exporter.get_finished_spans()
    assert recorded.context is not None
    assert recorded.parent is not None
    assert f"{recorded.context.trace_id:032x}" in TRACEPARENT
    assert not recorded.context.trace_state
    assert not recorded.parent.trace_state
