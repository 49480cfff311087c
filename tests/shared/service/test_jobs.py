"""Jobs: each period once, in order, made up for after an outage, tried again after a failure."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from shared.clock import ManualClock
from shared.database import Database, read_only
from shared.health import Status
from shared.messaging.outbox import Outbox, UnitOfWork
from shared.service.jobs import DailyAt, Every, Job, JobRunner, Schedule
from shared.service.jobs import runner as runner_module
from shared.telemetry import metrics
from tests.shared.database.read_only_server import set_read_only
from tests.shared.service.waiting import until

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in WITA
NIGHTLY = DailyAt(1)


class Diary:
    """A job that writes its period down, once per call, without any constraint that would hide a second run."""

    def __init__(self, outbox: Outbox, clock: ManualClock, schedule: Schedule = NIGHTLY, name: str = "diary") -> None:
        self.outbox = outbox
        self.clock = clock
        self.job = Job(name, schedule, self.write, retry_delay_s=10.0, retry_delay_max_s=60.0)
        self.fails_on: set[str] = set()
        self.slow_s = 0.0

    async def write(self, uow: UnitOfWork, period_key: str) -> None:
        await uow.run("INSERT INTO diary VALUES ($1)", period_key)
        await asyncio.sleep(self.slow_s)
        if period_key in self.fails_on:
            raise RuntimeError("the pen is dry")

    def runner(self) -> JobRunner:
        return JobRunner(self.outbox, [self.job], self.clock, poll_s=0.02)

    async def pages(self) -> list[str]:
        async with self.outbox.database.transaction() as tx:
            return [row[0] for row in await tx.fetch("SELECT period_key FROM diary ORDER BY position")]

    async def has_pages(self, count: int) -> bool:
        return len(await self.pages()) >= count

    async def marks(self) -> list[tuple[str, str, int]]:
        async with self.outbox.database.transaction() as tx:
            rows = await tx.fetch("SELECT period_key, status, attempts FROM due_job ORDER BY due_at")
        return [tuple(row) for row in rows]


@pytest.fixture
async def diary(outbox: Outbox, database: Database) -> Diary:
    async with database.transaction() as tx:
        await tx.run("CREATE TABLE diary (period_key text, position bigint GENERATED ALWAYS AS IDENTITY)")
    return Diary(outbox, ManualClock(NOON))


async def test_a_new_job_runs_the_period_under_way_and_then_waits(diary: Diary) -> None:
    runner = diary.runner()
    assert await runner.run_due() == 1
    assert await runner.run_due() == 0
    diary.clock.advance(timedelta(days=1))
    assert await runner.run_due() == 1
    assert await diary.pages() == ["2026-11-20", "2026-11-21"]


async def test_three_runners_do_each_period_once_and_in_order(diary: Diary) -> None:
    diary.slow_s = 0.02
    await diary.runner().run_due()
    diary.clock.advance(timedelta(days=6))
    stop = asyncio.Event()
    runners = [asyncio.create_task(diary.runner().run(stop)) for _ in range(3)]
    await until(lambda: diary.has_pages(7))
    diary.clock.advance(timedelta(days=1))
    await until(lambda: diary.has_pages(8))
    await asyncio.sleep(0.1)  # time for a second run, if there were one
    stop.set()
    await asyncio.gather(*runners)
    assert await diary.pages() == [f"2026-11-{day}" for day in range(20, 28)]


async def test_a_runner_that_dies_in_the_middle_leaves_nothing_behind(diary: Diary) -> None:
    diary.slow_s = 30
    dying = asyncio.create_task(diary.runner().run_due())
    await asyncio.sleep(0.2)
    dying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dying
    assert await diary.pages() == []
    diary.slow_s = 0
    assert await diary.runner().run_due() == 1
    assert await diary.marks() == [("2026-11-20", "done", 1)]


async def test_a_failed_period_is_tried_again_later_and_the_next_ones_wait(diary: Diary) -> None:
    await diary.runner().run_due()
    diary.fails_on = {"2026-11-21"}
    diary.clock.advance(timedelta(days=2))
    runner = diary.runner()
    assert await runner.run_due() == 0
    assert await runner.run_due() == 0, "its time has not come"
    assert await diary.runner().run_due() == 0, "the other runners know as well"
    assert await diary.marks() == [("2026-11-20", "done", 1), ("2026-11-21", "failed", 1)]
    for _ in range(2):
        diary.clock.advance(timedelta(seconds=61))
        await runner.run_due()
    measured = await runner.measure()
    assert measured.status is Status.FAILED
    assert "diary" in measured.advice
    assert measured.figure == pytest.approx(timedelta(days=1, hours=11, seconds=122).total_seconds())
    diary.fails_on = set()
    diary.clock.advance(timedelta(seconds=61))
    assert await runner.run_due() == 2
    assert await diary.pages() == ["2026-11-20", "2026-11-21", "2026-11-22"]
    assert ("2026-11-21", "done", 4) in await diary.marks()
    assert (await runner.measure()).status is Status.OK


async def test_a_failure_at_the_commit_counts_as_the_periods_failure(diary: Diary, database: Database) -> None:
    async with database.transaction() as tx:
        await tx.run("ALTER TABLE diary ADD CONSTRAINT u UNIQUE (period_key) DEFERRABLE INITIALLY DEFERRED")
        await tx.run("INSERT INTO diary VALUES ('2026-11-20')")
    assert await diary.runner().run_due() == 0
    assert await diary.marks() == [("2026-11-20", "failed", 1)]


async def test_only_so_many_missed_periods_are_made_up_for_and_the_rest_is_marked(diary: Diary) -> None:
    diary.job = Job("diary", DailyAt(1, max_catch_up=3), diary.write)
    await diary.runner().run_due()
    skipped_before = metrics.JOB_RUNS.labels("diary", "skipped")._value.get()
    diary.clock.advance(timedelta(days=10))
    await diary.runner().run_due()
    assert await diary.pages() == ["2026-11-20", "2026-11-28", "2026-11-29", "2026-11-30"]
    assert ("2026-11-27", "skipped", 0) in await diary.marks()
    assert metrics.JOB_RUNS.labels("diary", "skipped")._value.get() == skipped_before + 1


async def test_a_changed_schedule_does_not_repeat_a_day(diary: Diary) -> None:
    await diary.runner().run_due()
    diary.job = Job("diary", DailyAt(13), diary.write)
    diary.clock.advance(timedelta(hours=2))
    assert await diary.runner().run_due() == 0
    diary.clock.advance(timedelta(days=1))
    assert await diary.runner().run_due() == 1
    assert await diary.pages() == ["2026-11-20", "2026-11-21"]


async def test_a_short_period_is_not_made_up_for_and_old_marks_go(diary: Diary) -> None:
    diary.job = Job("diary", Every(60), diary.write)
    await diary.runner().run_due()
    diary.clock.advance(timedelta(days=3))
    await diary.runner().run_due()
    assert await diary.pages() == ["2026-11-20T04:00:00Z", "2026-11-23T04:00:00Z"]
    assert [mark[0] for mark in await diary.marks()] == ["2026-11-23T03:59:00Z", "2026-11-23T04:00:00Z"]


async def test_a_quick_job_keeps_an_hour_of_marks_and_logs_only_what_is_remarkable(
    diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = structlog.testing.LogCapture()
    filtering = structlog.make_filtering_bound_logger(logging.DEBUG)
    monkeypatch.setattr(runner_module, "log", structlog.wrap_logger(None, [logs], filtering))
    diary.job = Job("diary", Every(1), diary.write)
    await diary.runner().run_due()
    for minutes in (59, 2):
        diary.clock.advance(timedelta(minutes=minutes))
        await diary.runner().run_due()
    done = [mark[0] for mark in await diary.marks() if mark[1] == "done"]
    assert done == ["2026-11-20T04:59:00Z", "2026-11-20T05:01:00Z"]
    levels = {(entry["status"], entry["log_level"]) for entry in logs.entries}
    assert levels == {("done", "debug"), ("skipped", "warning")}
    logs.entries.clear()
    diary.job = Job("diary", NIGHTLY, diary.write)
    diary.clock.advance(timedelta(days=1))
    await diary.runner().run_due()
    assert [entry["log_level"] for entry in logs.entries] == ["info"]


async def test_jobs_do_not_wait_for_one_another(diary: Diary, outbox: Outbox) -> None:
    slow = Diary(outbox, diary.clock, name="slow")
    slow.slow_s = 30
    stop = asyncio.Event()
    runner = JobRunner(outbox, [slow.job, diary.job], diary.clock, poll_s=0.02)
    running = asyncio.create_task(runner.run(stop))
    await until(lambda: diary.has_pages(1))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_two_jobs_of_one_name_are_refused(outbox_without_database: Outbox) -> None:
    diary = Diary(outbox_without_database, ManualClock(NOON))
    with pytest.raises(ValueError, match="job names must differ"):
        JobRunner(outbox_without_database, [diary.job, diary.job], diary.clock)


@pytest.fixture
def outbox_without_database() -> Outbox:
    from tests.shared.demo_contracts import CATALOGUE, SERVICE_NAME

    return Outbox(Database("postgresql://nobody@127.0.0.1:1/none"), SERVICE_NAME, CATALOGUE)


async def test_a_part_of_a_periods_work_is_committed_and_the_rest_follows_at_once(
    outbox: Outbox, database: Database
) -> None:
    clock = ManualClock(NOON)
    parts: list[str] = []

    async def work_off(uow: UnitOfWork, period_key: str) -> bool:
        parts.append(period_key)
        await uow.run("INSERT INTO part VALUES ($1)", len(parts))
        if len(parts) == 2:
            raise RuntimeError("it stops half way")
        return len(parts) < 4

    async with database.transaction() as tx:
        await tx.run("CREATE TABLE part (number int)")
    job = Job("parts", NIGHTLY, work_off, retry_delay_s=10.0)
    assert await JobRunner(outbox, [job], clock).run_due() == 1  # the first part, before the failure of the second
    async with database.transaction() as tx:
        marks = [tuple(row) for row in await tx.fetch("SELECT status, attempts FROM due_job")]
        assert (await tx.fetch_value("SELECT array_agg(number) FROM part"), marks) == ([1], [("failed", 1)])
    clock.advance(timedelta(seconds=11))
    assert await JobRunner(outbox, [job], clock).run_due() == 2
    async with database.transaction() as tx:
        assert await tx.fetch_value("SELECT array_agg(number) FROM part") == [1, 3, 4]
        assert await tx.fetch_value("SELECT status FROM due_job") == "done"
    assert len(set(parts)) == 1


async def test_jobs_wait_for_a_database_that_takes_no_writes_and_count_no_failure(
    migrated_url: str, database: Database, outbox: Outbox, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_only, "RENEWED_AFTER_S", 0.1)
    runner = JobRunner(outbox, [diary.job], diary.clock)
    await set_read_only(migrated_url, "on")
    await database.engine.dispose()
    for _ in range(5):
        assert await runner.run_due() == 0
    async with database.transaction() as tx:
        assert await tx.fetch_value("SELECT count(*) FROM due_job") == 0
    await set_read_only(migrated_url, "off")
    await asyncio.sleep(0.15)
    assert await runner.run_due() == 1, "at the next look, without any delay for failures"
