"""What aiokafka drops while it reads must not pass unseen: offsets may only move past what was handed over."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException

from shared.messaging.consume import bad_header_names, damaged_fetch
from shared.messaging.consume.processor import BatchProcessor, Outcome
from shared.messaging.envelope import partition_for
from shared.messaging.record import RawRecord
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.records import Sender


@pytest.mark.timeout(90)
@pytest.mark.parametrize("good_batches", [0, 1, 3, 5])
async def test_a_damaged_answer_for_one_partition_costs_no_event_of_the_others(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, good_batches: int
) -> None:
    """aiokafka moves the positions of partitions that it has read already when it raises for the next one."""
    genuine = bad_header_names.TolerantRecords.next_batch
    calls = 0

    def next_batch(self: Any) -> Any:
        nonlocal calls
        batch = genuine(self)
        if batch is not None:
            calls += 1
            if calls == good_batches + 1:
                raise CorruptRecordException("Invalid CRC")
        return batch

    relay = pair.relay()
    await pair.write(1000)
    await pair.wait_drained()
    monkeypatch.setattr(bad_header_names.TolerantRecords, "next_batch", next_batch)
    worker = pair.worker(max_records=2000)
    await pair.wait_applied(1000, 30)
    assert (relay.status.published, worker.status.parked) == (1000, 0)
    await pair.assert_once_in_order(1000)


@pytest.mark.timeout(90)
async def test_a_partition_that_stays_unreadable_stops_no_other(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """And its events come as soon as it can be read."""
    genuine = fetcher.PartitionRecords._unpack_records
    damaged = True

    def unpack(self: Any) -> Any:
        if damaged and self._tp.partition == 0:
            raise CorruptRecordException("Invalid CRC")
        yield from genuine(self)

    monkeypatch.setattr(fetcher.PartitionRecords, "_unpack_records", unpack)
    monkeypatch.setattr(damaged_fetch, "REST_S", 0.5)
    pair.relay()
    await pair.write(1000)
    worker = pair.worker(max_records=50)
    async with asyncio.timeout(30):
        async with pair.writer_database.transaction() as tx:
            rows = await tx.fetch("SELECT counter_id, version FROM counter")
        readable = sum(
            version for counter, version in rows if partition_for(str(counter).encode(), pair.world.partitions) != 0
        )
        while worker.status.applied < readable:
            await asyncio.sleep(0.05)
    assert 0 < worker.status.applied == readable < 1000
    damaged = False
    await pair.wait_applied(1000, 30)
    await pair.assert_once_in_order(1000)


@pytest.mark.timeout(60)
async def test_a_backlog_of_large_events_is_taken_in_small_bites(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compressed, hundreds of them fit into one answer; unpacked, 2,000 of the largest would be half a gigabyte."""
    monkeypatch.setattr(damaged_fetch, "PARTITION_BYTES", 1_000_000)
    sizes: list[int] = []
    genuine = BatchProcessor.process

    async def process(self: BatchProcessor, records: Sequence[RawRecord]) -> Outcome:
        sizes.append(sum(len(record.value or b"") for record in records))
        return await genuine(self, records)

    monkeypatch.setattr(BatchProcessor, "process", process)
    async with Sender(pair, "lz4") as sender:
        for _ in range(100):
            event = sender.event()
            body = event.to_json_bytes()[:-1] + b',"padding":"' + b"x" * 200_000 + b'"}'
            await sender.send(event, body=body, partition=0)
    pair.worker()
    await pair.wait_applied(100, 30)
    assert max(sizes) <= damaged_fetch.PARTITION_BYTES + 256 * 1024
