"""Traces: strict W3C context, nothing recorded without an endpoint, nothing personal on the way out."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.telemetry import tracing
from shared.telemetry.tracing import SafeExporter, batch_span, current_traceparent, parse_traceparent, span

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NIK = "6472014101900001"


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(SafeExporter(exporter)))
    monkeypatch.setattr(tracing, "_TRACER", provider.get_tracer("test"))
    return exporter


def test_a_valid_parent_is_read() -> None:
    context = parse_traceparent(PARENT)
    assert context is not None
    assert f"{context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert context.trace_flags.sampled
    assert parse_traceparent("cc-" + PARENT[3:] + "-what-the-future-adds") is not None


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "00",
        PARENT.upper(),
        PARENT + "-extra",
        "ff" + PARENT[2:],
        PARENT.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32),
        PARENT.replace("b7ad6b7169203331", "0" * 16),
        PARENT.replace("b7ad", "b7+1"),
        PARENT.replace("0af7", "0a_7"),
        PARENT + "\n",
        PARENT[:-1] + "١",
    ],
)
def test_a_broken_parent_is_no_parent(text: str | None) -> None:
    assert parse_traceparent(text) is None


@given(st.text(max_size=80))
def test_any_text_is_read_without_an_error(text: str) -> None:
    parse_traceparent(text)


def test_a_trace_goes_on_and_its_traceparent_can_be_given_further(exported: InMemorySpanExporter) -> None:
    with span("stamp", traceparent=PARENT):
        handed_on = current_traceparent()
    (recorded,) = exported.get_finished_spans()
    assert handed_on is not None
    assert handed_on.startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert recorded.parent is not None
    assert f"{recorded.parent.span_id:016x}" == "b7ad6b7169203331"
    assert current_traceparent() is None


def test_a_batch_has_one_span_and_a_linked_child_in_each_recorded_trace(exported: InMemorySpanExporter) -> None:
    with batch_span("process batch", [PARENT, None, "broken", PARENT[:-2] + "00"], {"messaging.system": "kafka"}):
        pass
    child, batch = exported.get_finished_spans()
    assert f"{child.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert child.links[0].context.span_id == batch.context.span_id
    assert dict(batch.attributes or {}) == {"messaging.system": "kafka"}


def test_unlisted_attributes_and_error_texts_do_not_leave(exported: InMemorySpanExporter) -> None:
    def fail() -> None:
        with span("stamp", attributes={"messaging.kafka.message.key": NIK}) as opened:
            opened.set_attribute("nik", NIK)
            opened.record_exception(ValueError(NIK))
            opened.add_event("seen", {"nik": NIK})
            raise ValueError(NIK)

    with pytest.raises(ValueError, match=NIK):
        fail()
    (recorded,) = exported.get_finished_spans()
    assert NIK not in recorded.to_json()
    assert dict(recorded.attributes or {}) == {"error.type": "ValueError"}
    assert not recorded.status.is_ok


def test_without_an_endpoint_nothing_is_recorded_and_no_exporter_is_loaded() -> None:
    program = """
import sys
from shared.telemetry import configure_tracing
from shared.telemetry.tracing import current_traceparent, span
assert configure_tracing(service="s", role="r", endpoint=None, sample_ratio=1.0) is None
with span("x") as opened:
    assert not opened.is_recording()
    assert current_traceparent() is None
assert not any("otlp" in name or "protobuf" in name for name in sys.modules), sorted(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)
