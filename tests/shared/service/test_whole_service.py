"""The whole demonstration service in one process: a command goes in by HTTP, its event comes back through Kafka."""

from __future__ import annotations

import signal
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.local import ports
from deploy.local.issuer import LocalIssuer
from shared.service.exit_codes import ExitCode
from tests.shared.service.processes import DemoWorld, Running
from tests.shared.service.serving import served
from tests.shared.service.waiting import until

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE_ID}-b7ad6b7169203331-01"


@dataclass
class Collector:
    """Takes traces as an OpenTelemetry collector does."""

    spans: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        self.bodies.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans += [(span.name, span.trace_id.hex()) for span in scope.spans]
        return Response(status_code=200)

    async def has(self, name: str, trace_id: str) -> bool:
        return (name, trace_id) in self.spans


@pytest.fixture
async def collector() -> AsyncIterator[tuple[Collector, str]]:
    made, port = Collector(), ports.choose()
    async with served(Starlette(routes=[Route("/v1/traces", made.take, methods=["POST"])]), port):
        yield made, f"http://127.0.0.1:{port}"


async def test_a_command_travels_through_all_roles_and_its_trace_with_it(
    migrated: DemoWorld, issuer: LocalIssuer, collector: tuple[Collector, str]
) -> None:
    traces, endpoint = collector
    service = migrated.start(
        "all", token_issuer=issuer.issuer_url, otlp_endpoint=endpoint, trace_sample_ratio="0", log_level="DEBUG"
    )
    await service.ready()
    booklet = f"{service.api}/v1/booklets/{uuid.uuid4()}"
    headers = {
        "Authorization": f"Bearer {issuer.token_for('enumerator-samarinda')}",
        "Idempotency-Key": str(uuid.uuid4()),
        "traceparent": TRACEPARENT,
    }
    async with httpx.AsyncClient(timeout=10) as client:
        refused = await client.post(f"{booklet}/stamps", json={"stamps": 3})
        answers = [await client.post(f"{booklet}/stamps", json={"stamps": 3}, headers=headers) for _ in range(2)]
        too_many = await client.post(
            f"{booklet}/stamps", json={"stamps": 9}, headers=headers | {"Idempotency-Key": str(uuid.uuid4())}
        )

        async def told() -> bool:
            return bool((await client.get(f"{booklet}/total", headers=headers)).json() == {"stamps": 3})

        await until(told, 30)
    assert [refused.status_code, too_many.status_code] == [401, 409]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(201, {"stamps": 3, "missing": 7})] * 2
    await until(lambda: traces.has("POST /v1/booklets/{booklet_id}/stamps", TRACE_ID), 20)
    await until(lambda: traces.has("process batch", TRACE_ID), 20, "the worker goes on with the request's trace")

    await _check_pages(service)
    assert await migrated.value("SELECT count(*) FROM day_closed") == 1, "the job of the day has run"
    assert (await service.end(signal.SIGTERM))[0] == ExitCode.CLEAN
    token = headers["Authorization"].split()[1]
    shown = service.output.read_text() + service.errors.read_text()
    assert token not in shown
    assert not any(token.encode() in body or b"Idempotency" in body for body in traces.bodies)


async def _check_pages(service: Running) -> None:
    status, report = await service.ask("/health/progressing")
    assert status == 200
    names = {check["name"] for check in report["checks"]}
    assert names == {"outbox_age", "parked", "relay_rounds", "lag_age", "commit_age", "jobs"}
    status, report = await service.ask("/health/ready")
    assert (status, {check["name"] for check in report["checks"]}) == (200, {"database", "schema", "kafka"})

    async def counted() -> bool:
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"{service.ops}/metrics")).text
        return all(
            line in text
            for line in (
                "payung_events_published_total 1.0",
                "payung_events_consumed_total 1.0",
                'payung_http_requests_total{method="POST",route="/v1/booklets/{booklet_id}/stamps",status="201"} 2.0',
                'payung_job_runs_total{job="close-day",outcome="done"} 1.0',
                "payung_consumer_rebalances_total",
                "payung_consumer_lag_events{",
            )
        )

    await until(counted, 15)
