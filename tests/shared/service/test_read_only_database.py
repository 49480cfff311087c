"""A database that stops taking writes: writes wait or get 503, reads go on, everything heals by itself."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy.local.issuer import LocalIssuer
from shared.service.migrations import Migrations
from tests.shared.database.read_only_server import WAYS, ReadOnlyServer, read_only_server
from tests.shared.service.conftest import DEMO_MIGRATIONS
from tests.shared.service.processes import DemoWorld, Running
from tests.shared.service.waiting import until

# Sessions, probes and retries each look again within about two seconds.
HEALED_WITHIN_S = 10.0
PROBLEM = "urn:payung:problem:database-read-only"


@dataclass
class Desk:
    """A clerk at the API of one process."""

    service: Running
    token: str

    async def write(self, key: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key or str(uuid.uuid4())}
        async with httpx.AsyncClient(timeout=10) as client:
            address = f"{self.service.api}/v1/booklets/{uuid.uuid4()}/stamps"
            return await client.post(address, json={"stamps": 3}, headers=headers)

    async def read(self) -> int:
        async with httpx.AsyncClient(timeout=10) as client:
            address = f"{self.service.api}/v1/booklets/{uuid.uuid4()}/total"
            return (await client.get(address, headers={"Authorization": f"Bearer {self.token}"})).status_code

    async def health(self) -> dict[str, int]:
        return {name: (await self.service.ask(f"/health/{name}"))[0] for name in ("live", "ready")}


@pytest.fixture
async def moody(tmp_path: Path) -> AsyncIterator[ReadOnlyServer]:
    async with read_only_server(tmp_path / "moody") as made:
        yield made


@pytest.fixture
async def moody_world(tmp_path: Path, moody: ReadOnlyServer, kafka_bootstrap: str) -> AsyncIterator[DemoWorld]:
    world = DemoWorld(tmp_path, kafka_bootstrap, moody.url)
    await Migrations(DEMO_MIGRATIONS).upgrade(moody.url)
    await world.create_topics()
    yield world
    world.close()


async def _seconds_until(condition: Callable[[], Awaitable[object]], timeout_s: float) -> float:
    began = time.monotonic()
    await until(condition, timeout_s)
    return time.monotonic() - began


@pytest.mark.timeout(240)
@pytest.mark.parametrize("way", WAYS)
async def test_a_service_outlives_a_read_only_database_and_writes_again_by_itself(
    moody: ReadOnlyServer, moody_world: DemoWorld, issuer: LocalIssuer, way: str
) -> None:
    service = moody_world.start("all", token_issuer=issuer.issuer_url, watch_period_s="1")
    await service.ready()
    desk = Desk(service, issuer.token_for("enumerator-samarinda"))
    assert (await desk.write()).status_code == 201
    await moody.stop_writes(way)

    async def not_ready() -> bool:
        return (await service.ask("/health/ready"))[0] == 503

    assert await _seconds_until(not_ready, 10) < HEALED_WITHIN_S
    arrived = str(uuid.uuid4())
    await moody_world.send((str(uuid.uuid4()), arrived, {"aggregate_version": 1, "booklet_id": arrived, "stamps": 5}))
    key = str(uuid.uuid4())
    for _ in range(8):
        refused = await desk.write(key)
        assert (refused.status_code, refused.json()["type"]) == (503, PROBLEM), refused.text
        assert int(refused.headers["Retry-After"]) > 0
        assert await desk.read() == 200, "reads go on"
        assert await desk.health() == {"live": 200, "ready": 503}
        await asyncio.sleep(0.5)
    _, report = await service.ask("/health/ready")
    database = next(check for check in report["checks"] if check["name"] == "database")
    assert "read-only" in database["advice"]
    assert service.process.poll() is None

    await moody.take_writes(way)
    back = time.monotonic()

    async def written() -> bool:
        return (await desk.write(key)).status_code == 201

    async def ready() -> bool:
        return await desk.health() == {"live": 200, "ready": 200}

    async def applied() -> bool:
        return bool(await moody_world.value(f"SELECT stamps = 5 FROM stamp_total WHERE booklet_id = '{arrived}'"))

    async def carried() -> bool:
        return bool(await moody_world.value("SELECT count(*) = 0 FROM outbox"))

    healed = {}
    for what, condition in (("writes", written), ("ready", ready), ("worker", applied), ("relay", carried)):
        await until(condition, 60, what)
        healed[what] = round(time.monotonic() - back, 1)
    print(f"{way}: healed after {healed}")  # noqa: T201 - the figure is the result
    assert max(healed.values()) < HEALED_WITHIN_S
    assert {(await desk.write()).status_code for _ in range(20)} == {201}, "no session is left that refuses"
    assert await moody_world.value("SELECT count(*) FROM parked_event") == 0
    assert service.process.poll() is None
    assert not {"part_failed", "process_failed", "event_failed"} & set(service.events())
