"""The measures of journey and import: times begin when people should have come, and the other ways do what they say."""

from __future__ import annotations

import asyncio
import itertools
import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from benchmarks.arena import Arena
from benchmarks.journey.drive import Driver, Trip, Way, percentile
from benchmarks.journey.people import walk_in
from benchmarks.journey.result import JourneyReport
from benchmarks.journey.rivals import plain_driver, raw_driver
from benchmarks.roster_import.others import store_plainly, store_raw
from benchmarks.roster_import.ours import make_sample
from deploy.local.stack import Stack

pytestmark = pytest.mark.alone

RIVALS = {"floor": raw_driver, "plain": plain_driver}


async def test_a_desk_that_stalls_is_charged_for_everybody_who_came_meanwhile() -> None:
    seen: dict[UUID, float] = {}
    loop = asyncio.get_running_loop()
    door = asyncio.Lock()

    async def register(_: bytes) -> bytes:
        async with door:
            if not seen:
                await asyncio.sleep(0.5)  # the first one takes long; nobody else gets in
            worker = uuid4()
            seen[worker] = loop.time()
        return json.dumps({"worker_id": str(worker)}).encode()

    trip = await Driver(register, itertools.repeat(b""), seen).at_rate(100, 1.0)
    assert len(trip.noticed_ms) == 100
    assert trip.missing == 0
    # About half of the people came while the desk stood still, so half of them waited a quarter of a second or more.
    assert percentile(trip.noticed_ms, 90) > 300
    assert percentile(trip.noticed_ms, 10) < 100


async def test_a_notice_that_never_comes_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.journey.drive.SETTLE_S", 0.1)

    async def register(_: bytes) -> bytes:
        return json.dumps({"worker_id": str(uuid4())}).encode()

    trip = await Driver(register, itertools.repeat(b""), {}).at_rate(20, 0.5)
    assert trip.missing == 10
    assert not trip.is_sustained
    report = JourneyReport(Way("ours", "ours", [trip], 20.0), None, [], {}, {}, [])
    assert report.faults == ["At 20/s 10 people got no notice in time."]
    assert report.as_json()["rates"]["20"]["missing"] == 10


def test_a_growing_queue_is_not_sustained() -> None:
    assert Trip(100, 1, noticed_ms=[20.0] * 100).is_sustained
    assert not Trip(100, 1, noticed_ms=[float(10 * number) for number in range(100)]).is_sustained
    assert percentile([1, 2, 3, 4], 50) == 3
    assert percentile(list(range(1000)), 99) == 990


@pytest.mark.real_kafka
@pytest.mark.parametrize("name", RIVALS)
async def test_the_other_ways_bring_every_notice(name: str, stack: Stack, tmp_path: Path) -> None:
    async with RIVALS[name](Arena.of(stack), walk_in(tmp_path, 60)) as driver:
        trip = await driver.at_rate(20, 1.0)
        assert (len(trip.noticed_ms), trip.missing) == (20, 0)
        assert all(accepted > 0 for accepted in trip.accepted_ms)


async def test_the_other_ways_store_a_roster(stack: Stack, tmp_path: Path) -> None:
    sample = make_sample(tmp_path, 300, seed=3)
    async with Arena.of(stack).database() as url:
        assert await store_raw(url, sample.file) > 0
    async with Arena.of(stack).database() as url:
        seconds, rows = await store_plainly(url, sample.file, 50)
        assert (seconds > 0, rows) == (True, 50)
    assert sample.expected["rows"] == 300
