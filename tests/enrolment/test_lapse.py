"""The lapse clock, day by day, on a real ledger."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from shared.contracts.events.worker_lapsed import WorkerLapsed
from shared.contracts.events.worker_lapsing import WorkerLapsing
from shared.periods import Month
from tests.enrolment.kit import accepted_row, answer_lines, enrol, granted, list_members, put_answer, register, rows
from tests.enrolment.test_cover import NOV, due, paid
from tests.service_world import ServiceWorld

World = ServiceWorld[Any]


async def test_the_clock_warns_lapses_and_forgives(world: World, exchange_folder: Path, tmp_path: Path) -> None:
    workers = await register(world, rows(3))
    await enrol(world, exchange_folder, workers)
    one, two, three = workers
    await world.feed(due(one), paid(one), paid(two))  # two's assessment is still on its way

    async def clock(day: str) -> list[str]:
        await world.run_job("lapse-clock", day)
        return [row["status"] for row in await world.rows("SELECT status FROM worker ORDER BY row_number")]

    assert await clock("2026-11-16") == ["enrolled", "enrolled", "enrolled"], "the due date itself is in time"
    assert await clock("2026-11-17") == ["enrolled", "enrolled", "lapsing"]
    assert await clock("2026-11-17") == await clock("2026-11-18") == ["enrolled", "enrolled", "lapsing"]
    (warned,) = await world.emitted(WorkerLapsing)
    assert (warned.worker_id, warned.unpaid_months, warned.last_paid_month) == (three, (NOV,), None)
    assert warned.pay_by == date(2027, 1, 15)
    assert await clock("2026-12-16") == ["lapsing", "lapsing", "lapsing"]
    events = await world.emitted(WorkerLapsing)
    assert [event.unpaid_months for event in events[1:]] == [(NOV.next(),), (NOV.next(),), (NOV, NOV.next())]
    assert events[1].last_paid_month == NOV
    await world.feed(due(one, month=NOV.next()), paid(one, month=NOV.next()))
    assert await clock("2026-12-17") == ["enrolled", "lapsing", "lapsing"]
    assert await clock("2027-01-31") == ["lapsing", "lapsing", "lapsing"]
    assert await clock("2027-02-01") == ["lapsing", "lapsing", "lapsed"]
    (lapsed,) = await world.emitted(WorkerLapsed)
    assert (lapsed.worker_id, lapsed.lapsed_on, lapsed.enrolment_number) == (three, date(2027, 2, 1), 1)
    assert lapsed.unpaid_months == (NOV, Month(2026, 12), Month(2027, 1))
    folder = tmp_path / "facts"
    broken = await world.verify(folder)
    assert broken.pop("amounts"), "two was paid without an assessment"
    assert not any(broken.values()), broken
    notices = await world.facts("notice.lapsing", "source", folder)
    assert f"{three}|2026-12" in notices
    versions = [event.aggregate_version for event in await world.emitted(WorkerLapsing) if event.worker_id == three]
    assert versions == sorted(set(versions))
    assert lapsed.aggregate_version > versions[-1]


async def test_whoever_is_enrolled_after_the_due_date_has_until_the_end_of_the_month(
    world: World, exchange_folder: Path
) -> None:
    (worker,) = await register(world, rows(1))
    await world.feed(granted(worker))
    await list_members(world)
    world.clock.set(world.clock.now().replace(day=24))
    put_answer(exchange_folder, answer_lines([accepted_row(worker, day="2026-11-24")]))
    await world.run_job("import-answers")
    for day, status in (("2026-11-25", "enrolled"), ("2026-11-30", "enrolled"), ("2026-12-01", "lapsing")):
        await world.run_job("lapse-clock", day)
        assert await world.value("SELECT status FROM worker") == status, day


async def test_a_run_that_begins_after_a_lapse_owes_the_lapsed_nothing(
    world: World, exchange_folder: Path, tmp_path: Path
) -> None:
    """A run stood still for months, as in a simulated year. Who lapses after its first line is still asked for."""
    one, two = await register(world, rows(2))
    await enrol(world, exchange_folder, [one, two])
    december = NOV.next()
    world.clock.advance(timedelta(hours=1))
    await world.feed(due(one), paid(one))
    await world.run_job("lapse-clock", "2027-02-01")
    assert await world.value("SELECT status FROM worker WHERE worker_id = $1", two) == "lapsed"
    world.clock.set(world.clock.now().replace(year=2027, month=2, day=3))
    await world.feed(due(one, month=december))
    broken = await world.verify(tmp_path / "facts")
    assert [row.row for row in broken["cover"]] == [f"enrolment {two} 1"], "November was run while two was covered"
    assert "2026-11" in broken["cover"][0].sentence
