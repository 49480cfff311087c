"""Metrics: bounded labels, counters that follow what relay and consumer count, and Prometheus' text."""

from __future__ import annotations

from shared.http import ServedRequest
from shared.messaging.consume.consumer import ConsumerStatus
from shared.messaging.publish.relay import RelayStatus
from shared.service.api import observe_request
from shared.service.figures import StatusMirror
from shared.telemetry import metrics
from shared.telemetry.metrics import render_metrics


def test_requests_are_counted_by_route_and_unknown_methods_together() -> None:
    observe_request(ServedRequest("GET", "/v1/booklets/{booklet_id}", 200, 0.012))
    observe_request(ServedRequest("BREW", "unrouted", 405, 0.001))
    text = render_metrics().decode()
    assert 'payung_http_requests_total{method="GET",route="/v1/booklets/{booklet_id}",status="200"} 1.0' in text
    assert 'payung_http_requests_total{method="other",route="unrouted",status="405"} 1.0' in text


def test_counters_grow_by_what_the_statuses_have_grown() -> None:
    consumer, relay = ConsumerStatus(applied=5), RelayStatus(published=7)
    mirror = StatusMirror(consumer, relay)
    consumed_before = metrics.EVENTS_CONSUMED._value.get()
    mirror.update()
    mirror.update()
    assert metrics.EVENTS_CONSUMED._value.get() == consumed_before + 5
    consumer.applied, consumer.parked_by_reason = 12, {"body-invalid": 2}
    relay.held_slots = 16
    mirror.update()
    assert metrics.EVENTS_CONSUMED._value.get() == consumed_before + 12
    assert metrics.EVENTS_PARKED.labels("body-invalid")._value.get() == 2
    assert metrics.RELAY_SLOTS._value.get() == 16


def test_every_metric_has_help_and_our_prefix_or_pythons() -> None:
    names = [line.split()[2] for line in render_metrics().decode().splitlines() if line.startswith("# HELP")]
    assert len(names) > 25
    assert all(name.startswith(("payung_", "process_", "python_")) for name in names)
