"""HTTP requests are counted by route template; values from paths never become labels."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

from shared.telemetry.http import HttpTelemetry
from shared.telemetry.metrics import BoundedLabel, render_metrics

NIK = "6472014101900001"


async def test_requests_are_counted_by_template_and_status() -> None:
    application = FastAPI()

    @application.get("/booklets/{booklet_id}")
    async def read(booklet_id: str) -> dict[str, str]:
        if booklet_id == "broken":
            raise RuntimeError
        return {"id": booklet_id}

    transport = httpx.ASGITransport(HttpTelemetry(application), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://stamps") as client:
        assert (await client.get(f"/booklets/{NIK}")).status_code == 200
        assert (await client.get(f"/{NIK}")).status_code == 404
        assert (await client.get("/booklets/broken")).status_code == 500
        await client.request("ODD", "/booklets/1")
    text = render_metrics().decode()
    assert 'payung_http_requests_total{method="GET",route="/booklets/{booklet_id}",status="200"} 1.0' in text
    assert 'route="/booklets/{booklet_id}",status="500"} 1.0' in text
    assert 'payung_http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in text
    assert 'method="other"' in text
    assert NIK not in text


def test_a_label_stops_growing() -> None:
    label = BoundedLabel(limit=2)
    assert [label(value) for value in ("a", "b", "c", "a")] == ["a", "b", "other", "a"]


def test_every_metric_has_help_and_our_prefix_or_pythons() -> None:
    names = [line.split()[2] for line in render_metrics().decode().splitlines() if line.startswith("# HELP")]
    assert len(names) > 25
    assert all(name.startswith(("payung_", "process_", "python_")) for name in names)


pytestmark = pytest.mark.timeout(20)
