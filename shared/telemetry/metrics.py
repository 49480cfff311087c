"""Every metric of the kit, declared once, with labels that cannot grow without bound.

Names follow Prometheus: seconds and totals as suffixes. No label ever holds an identifier of a person or a key.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

REGISTRY = CollectorRegistry(auto_describe=True)
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OTHER = "other"

_BATCH_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_HTTP_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_REBALANCE_BUCKETS = (0.1, 0.5, 1, 2, 5, 10, 20, 45, 90, 300)


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    return Counter(f"payung_{name}", meaning, labels, registry=REGISTRY)


def _gauge(name: str, meaning: str, *labels: str) -> Gauge:
    return Gauge(f"payung_{name}", meaning, labels, registry=REGISTRY)


def _histogram(name: str, meaning: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
    return Histogram(f"payung_{name}", meaning, labels, registry=REGISTRY, buckets=buckets)


BUILD = _gauge("build_info", "Which program this is; always 1", "service", "role", "version")

# Consumer
EVENTS_CONSUMED = _counter("events_consumed_total", "Events applied for the first time")
INBOX_DUPLICATES = _counter("inbox_duplicates_total", "Events delivered again and recognised")
EVENTS_PARKED = _counter("events_parked_total", "Events parked, by reason", "reason")
PARKED_NOW = _gauge("parked_events", "Events that wait for an operator")
RETRY_ATTEMPTS = _counter("retry_attempts_total", "Attempts repeated after a failure that passes", "component")
COMMIT_FAILURES = _counter("offset_commit_failures_total", "Offset commits that Kafka refused or did not answer")
REBALANCES = _counter("consumer_rebalances_total", "Times that partitions were given to this worker")
REBALANCE_DURATION = _histogram(
    "consumer_rebalance_duration_seconds", "From losing partitions to having some again", _REBALANCE_BUCKETS
)
CONSUMER_LAG = _gauge("consumer_lag_events", "Events in Kafka that the service has not finished", "topic", "partition")
CONSUMER_LAG_AGE = _gauge("consumer_lag_age_seconds", "Since when the oldest unfinished event has been in Kafka")
COMMIT_AGE = _gauge("consumer_commit_age_seconds", "Longest time that a partition with lag has not moved")
CONSUMED_OFFSET = _gauge("consumer_committed_offset", "Offset up to which the service is done", "topic", "partition")
HANDLER_DURATION = _histogram("handler_batch_duration_seconds", "One call of a handler", _BATCH_BUCKETS, "topic")

# Outbox and relay
TOPIC_END_OFFSET = _gauge(
    "topic_end_offset", "Kafka's next offset; its growth is what was published", "topic", "partition"
)
EVENTS_PUBLISHED = _counter("events_published_total", "Events that Kafka has confirmed to this relay")
RELAY_FAILURES = _counter("relay_failures_total", "Rounds and sessions of the relay that failed and were repeated")
OUTBOX_DEPTH = _gauge("outbox_depth_events", "Events committed and not yet confirmed by Kafka (an estimate when large)")
OUTBOX_AGE = _gauge("outbox_age_seconds", "Age of the oldest of them")
RELAY_SLOTS = _gauge("relay_held_slots", "Hash slots that this relay owns")

# HTTP
HTTP_REQUESTS = _counter("http_requests_total", "Requests answered", "method", "route", "status")
HTTP_DURATION = _histogram("http_request_duration_seconds", "From request to answer", _HTTP_BUCKETS, "method", "route")

# Jobs
JOB_RUNS = _counter("job_runs_total", "Periods of a job that ran, by outcome (done, failed, skipped)", "job", "outcome")
JOB_DURATION = _histogram("job_duration_seconds", "One run of a job", _BATCH_BUCKETS, "job")
JOB_OVERDUE = _gauge("job_overdue_seconds", "Age of the oldest period of a job that is due and not done", "job")

# Process
LOOP_STALL = _gauge("event_loop_stall_seconds", "The longest time in the last minute that the event loop stood still")
HEALTH = _gauge("health_check", "1 ok, 0.5 warning, 0 failed", "answer", "check")


def render_metrics() -> bytes:
    """All metrics in Prometheus' text form."""
    return generate_latest(REGISTRY)
