"""The checks of database, outbox, relay, consumer and parked events: when each fails, and whom it blames."""

from __future__ import annotations

import asyncio
from typing import Any

from shared.database import Database
from shared.health import Answer, Health, Measurement, Status
from shared.messaging.outbox import Outbox
from shared.messaging.publish.relay import RelayStatus
from shared.service.kafka_watch import KafkaWatch, PartitionTrack
from shared.service.probes import CommitProbe, DatabaseProbe, LagProbe, OutboxProbe, ParkedProbe, RelayProbe
from shared.telemetry import metrics
from tests.shared.demo_contracts import StampAdded
from tests.shared.service.waiting import Time


async def test_database_and_outbox_checks_follow_a_real_database(database: Database, outbox: Outbox) -> None:
    fails = OutboxProbe(database, 0.2, fails=True)
    warns = OutboxProbe(database, 0.2, fails=False)
    assert (await DatabaseProbe(database).measure()).status is Status.OK
    assert (await fails.measure()) == Measurement(Status.OK, 0.0, "s")
    async with outbox.unit_of_work() as uow:
        for _ in range(3):
            uow.emit(StampAdded(aggregate_version=1, booklet_id=uow.ids.next(), stamps=1))
    await asyncio.sleep(0.3)
    failed = await fails.measure()
    assert failed.status is Status.FAILED
    assert failed.figure is not None
    assert 0.3 <= failed.figure < 30
    assert "3 events wait for Kafka" in failed.advice
    assert (await warns.measure()).status is Status.WARNING
    assert metrics.OUTBOX_DEPTH._value.get() == 3
    async with database.transaction() as tx:
        await tx.run("DELETE FROM outbox")
    assert (await fails.measure()).status is Status.OK
    await database.close()


async def test_a_database_that_is_away_fails_the_check_in_time() -> None:
    database = Database("postgresql://nobody:x@127.0.0.1:1/none", connect_timeout_s=1)
    health = Health(service="demo", role="api", probe_timeout_s=2)
    health.add(Answer.READY, DatabaseProbe(database))
    report = await health.ask(Answer.READY)
    assert not report.yes
    assert "look whether it is up" in report.checks[0].measurement.advice


async def test_parked_events_are_a_warning_with_their_number(database: Database) -> None:
    probe = ParkedProbe(database)
    assert (await probe.measure()).status is Status.OK
    async with database.transaction() as tx:
        await tx.run(
            "INSERT INTO parked_event (topic, partition, kafka_offset, headers, reason_code, reason)"
            " SELECT 't', 0, n, '[]', 'body-invalid', 'x' FROM generate_series(1, 4) AS n"
        )
    measured = await probe.measure()
    assert (measured.status, measured.figure) == (Status.WARNING, 4)
    assert "payung parked list" in measured.advice


async def test_a_relay_without_rounds_is_stuck() -> None:
    clock = Time()
    status = RelayStatus()
    probe = RelayProbe(status, 60, clock)
    clock.now_s += 61
    measured = await probe.measure()
    assert (measured.status, measured.restart_helps) == (Status.FAILED, True)
    status.last_success_monotonic_s = clock.now_s
    assert (await probe.measure()).status is Status.OK


def test_the_age_of_lag_is_that_of_the_oldest_event_not_done() -> None:
    track = PartitionTrack(still_since_s=0.0)
    track.see(end=10, done=10, now_s=0)
    assert (track.lag, track.age_s(5), track.still_s(5)) == (0, 0, 0)
    track.see(end=20, done=10, now_s=10)
    track.see(end=30, done=10, now_s=20)
    assert (track.lag, track.age_s(30), track.still_s(30)) == (20, 20, 20)
    track.see(end=40, done=20, now_s=30)  # what was there at 10 s is done; the oldest left was first seen at 20 s
    assert (track.lag, track.age_s(35), track.still_s(35)) == (20, 15, 5)
    for second in range(40, 5000):
        track.see(end=second, done=20, now_s=second)
    assert track.age_s(5000) == 4980, "the oldest sample outlives the limit of samples"
    assert len(track.samples) <= 721


def watch_with(clock: Time, **tracks: PartitionTrack) -> KafkaWatch:
    watch = KafkaWatch({}, ["t"], group_id="demo", monotonic=clock)
    watch.tracks = {("t", int(name[1:])): track for name, track in tracks.items()}
    return watch


async def test_lag_and_commit_checks_tell_backlog_from_standstill() -> None:
    clock = Time()
    moving = PartitionTrack(end=500, done=400, still_since_s=999.0)
    moving.samples.append((800.0, 450))
    watch = watch_with(clock, p0=moving)
    lag = await LagProbe(watch, 120, clock).measure()
    assert (lag.status, lag.figure, lag.restart_helps) == (Status.FAILED, 200.0, False)
    assert (await CommitProbe(watch, 60, _owning(0), clock).measure()).status is Status.OK
    clock.now_s += 100
    standing = await CommitProbe(watch, 60, _owning(0), clock).measure()
    assert (standing.status, standing.figure, standing.restart_helps) == (Status.FAILED, 101.0, True)


async def test_only_the_worker_that_owns_a_standing_partition_is_stuck() -> None:
    clock = Time()
    standing = PartitionTrack(end=9, done=5, still_since_s=0.0)
    moving = PartitionTrack(end=9, done=5, still_since_s=999.0)
    watch = watch_with(clock, p0=standing, p1=moving)
    assert (await CommitProbe(watch, 60, _owning(0), clock).measure()).restart_helps
    assert (await CommitProbe(watch, 60, _owning(1), clock).measure()).status is Status.OK
    assert (await CommitProbe(watch, 60, _owning(), clock).measure()).status is Status.OK, "a neighbour moves"
    clock.now_s += 100
    assert (await CommitProbe(watch, 60, _owning(), clock).measure()).restart_helps, "nobody moves at all"


def _owning(*partitions: int) -> Any:
    def owned() -> set[tuple[str, int]]:
        return {("t", partition) for partition in partitions}

    return owned
