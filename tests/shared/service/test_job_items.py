"""One bad item of a job holds up no other, is a case once it fails again and again, and none once it goes through."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from shared.clock import ManualClock
from shared.database import Database
from shared.health import Status
from shared.messaging.outbox import Outbox, UnitOfWork
from shared.service.jobs import Every, FailedItem, Job, JobRunner, item, not_set_aside
from shared.service.jobs.progress import TOO_MANY_ITEMS
from tests.shared.service.test_jobs import NOON

_NEXT = f"""
SELECT name FROM parcel WHERE NOT is_done AND {not_set_aside("name", "'carry'", "$1")} ORDER BY name LIMIT 1
"""

CHECK_VIOLATED = "23514"


async def _raise(uow: UnitOfWork, sqlstate: str) -> None:
    await uow.run(f"DO $$ BEGIN RAISE EXCEPTION 'of the test' USING ERRCODE = '{sqlstate}'; END $$")


class Carrier:
    """A job that carries parcels, the first in the alphabet first; some are too heavy."""

    def __init__(self, outbox: Outbox, clock: ManualClock) -> None:
        self.outbox = outbox
        self.clock = clock
        self.too_heavy: set[str] = set()
        self.sqlstates: dict[str, list[str]] = {}  # what PostgreSQL answers about a parcel, one after the other
        self.cases_break: set[str] = set()
        self.told: list[FailedItem] = []
        self.closed: list[str] = []
        self.job = Job("carry", Every(1), self.carry, retry_delay_s=10.0, retry_delay_max_s=60.0, cases=self)
        self.runner = JobRunner(outbox, [self.job], clock)

    async def carry(self, uow: UnitOfWork, _: str) -> bool:
        name = await uow.fetch_value(_NEXT, uow.moment)
        if name is None:
            return False
        with item(name):
            await uow.run("UPDATE parcel SET is_done = true, carried_at = clock_timestamp() WHERE name = $1", name)
            if self.sqlstates.get(name):
                await _raise(uow, self.sqlstates[name].pop(0))
            if name in self.too_heavy:
                raise RuntimeError(f"{name} is too heavy")
        return True

    async def failing(self, uow: UnitOfWork, failed: FailedItem) -> None:
        if "failing" in self.cases_break:
            await _raise(uow, CHECK_VIOLATED)
        self.told.append(failed)

    async def recovered(self, uow: UnitOfWork, _job: str, items: Sequence[str]) -> None:
        if "recovered" in self.cases_break:
            await _raise(uow, CHECK_VIOLATED)
        self.closed += items

    async def pass_by(self, seconds: float) -> None:
        """Let time pass; whatever is due is tried once and then whatever else there is."""
        self.clock.advance(timedelta(seconds=seconds))
        for _ in range(3):
            await self.runner.run_due()

    async def done(self) -> list[str]:
        async with self.outbox.database.transaction() as tx:
            return [row[0] for row in await tx.fetch("SELECT name FROM parcel WHERE is_done ORDER BY carried_at")]

    async def attempts(self) -> dict[str, int]:
        async with self.outbox.database.transaction() as tx:
            return {row[0]: row[1] for row in await tx.fetch("SELECT item, attempts FROM job_item ORDER BY item")}


@pytest.fixture
async def carrier(outbox: Outbox, database: Database) -> Carrier:
    async with database.transaction() as tx:
        await tx.run("CREATE TABLE parcel (name text, is_done boolean DEFAULT false, carried_at timestamptz)")
        await tx.run("INSERT INTO parcel (name) VALUES ('anvil'), ('book'), ('candle')")
    made = Carrier(outbox, ManualClock(NOON))
    outbox.clock = made.clock
    return made


async def test_a_bad_item_holds_up_nobody_and_nothing_of_it_stays(carrier: Carrier) -> None:
    carrier.too_heavy = {"anvil"}
    await carrier.pass_by(0)
    assert await carrier.done() == ["book", "candle"]
    assert await carrier.attempts() == {"anvil": 1}
    await carrier.pass_by(5)
    assert await carrier.attempts() == {"anvil": 1}, "it has a pause"


async def test_what_fails_again_and_again_is_a_case_until_it_goes_through(carrier: Carrier) -> None:
    carrier.too_heavy = {"anvil"}
    await carrier.pass_by(0)
    await carrier.pass_by(11)
    assert carrier.told == []
    assert (await carrier.runner.measure()).status is Status.OK
    await carrier.pass_by(21)
    assert carrier.told == [FailedItem("carry", "anvil", 3, "RuntimeError")]
    measured = await carrier.runner.measure()
    assert measured.status is Status.WARNING
    assert "1 of carry" in measured.advice
    carrier.too_heavy = set()
    await carrier.pass_by(30)
    assert carrier.closed == []
    await carrier.pass_by(11)
    assert carrier.closed == ["anvil"]
    assert (await carrier.done(), await carrier.attempts()) == (["book", "candle", "anvil"], {})
    assert (await carrier.runner.measure()).status is Status.OK


async def test_pauses_grow_up_to_the_longest(carrier: Carrier) -> None:
    carrier.too_heavy = {"anvil"}
    await carrier.pass_by(0)
    for seconds in (10, 20, 40, 60, 60):
        before = (await carrier.attempts())["anvil"]
        await carrier.pass_by(seconds - 1)
        assert (await carrier.attempts())["anvil"] == before
        await carrier.pass_by(1)
        assert (await carrier.attempts())["anvil"] == before + 1


async def test_a_job_whose_items_all_fail_is_not_progressing_and_named(carrier: Carrier) -> None:
    async with carrier.outbox.database.transaction() as tx:
        await tx.run("INSERT INTO parcel (name) SELECT 'stone ' || n FROM generate_series(1, $1) n", TOO_MANY_ITEMS)
        carrier.too_heavy = {row[0] for row in await tx.fetch("SELECT name FROM parcel")}
    for _ in range(4 * len(carrier.too_heavy)):
        await carrier.pass_by(60 / len(carrier.too_heavy))
    measured = await carrier.runner.measure()
    assert measured.status is Status.FAILED
    assert "carry" in measured.advice


async def test_an_item_that_nobody_tries_any_more_is_forgotten_and_its_case_closes(carrier: Carrier) -> None:
    carrier.too_heavy = {"anvil"}
    for _ in range(4):
        await carrier.pass_by(60)
    assert len(carrier.told) > 0
    async with carrier.outbox.database.transaction() as tx:
        await tx.run("DELETE FROM parcel WHERE name = 'anvil'")
    await carrier.pass_by(3 * 3_600)
    assert (carrier.closed, await carrier.attempts()) == (["anvil"], {})


async def test_an_outage_closes_no_case_of_an_item_that_has_not_gone_through(carrier: Carrier) -> None:
    """Its time came long ago, but so it is for every item when the service was away; others are taken before it."""
    carrier.too_heavy = {"anvil"}
    for _ in range(4):
        await carrier.pass_by(60)
    attempts = (await carrier.attempts())["anvil"]
    async with carrier.outbox.database.transaction() as tx:
        await tx.run("INSERT INTO parcel (name) VALUES ('a letter'), ('a map')")
    await carrier.pass_by(3 * 3_600)
    assert "a map" in await carrier.done()
    assert (carrier.closed, await carrier.attempts()) == ([], {"anvil": attempts + 1})


async def test_other_failures_are_still_those_of_the_job(carrier: Carrier) -> None:
    async with carrier.outbox.database.transaction() as tx:
        await tx.run("ALTER TABLE parcel RENAME TO gone")
    for _ in range(4):
        await carrier.pass_by(60)
    measured = await carrier.runner.measure()
    assert (measured.status, await carrier.attempts()) == (Status.FAILED, {})
    assert "carry" in measured.advice


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "55P03"])
async def test_who_lost_against_another_is_tried_again_at_once_and_not_blamed(carrier: Carrier, sqlstate: str) -> None:
    carrier.sqlstates["anvil"] = [sqlstate, sqlstate]
    await carrier.pass_by(0)
    assert (await carrier.done(), await carrier.attempts()) == (["anvil", "book", "candle"], {})
    assert (await carrier.runner.measure()).status is Status.OK


async def test_who_waits_behind_a_lock_for_ever_holds_up_nobody(carrier: Carrier) -> None:
    carrier.sqlstates["anvil"] = ["55P03"] * 50
    await carrier.pass_by(0)
    await carrier.pass_by(1)
    assert (await carrier.done(), await carrier.attempts()) == (["book", "candle"], {"anvil": 1})


@pytest.mark.parametrize("sqlstate", ["53100", "42P01"])
async def test_what_the_database_lacks_is_no_fault_of_the_item(carrier: Carrier, sqlstate: str) -> None:
    carrier.sqlstates["anvil"] = [sqlstate]
    await carrier.pass_by(0)
    assert (await carrier.done(), await carrier.attempts()) == ([], {})
    await carrier.pass_by(11)
    assert (await carrier.done(), await carrier.attempts()) == (["anvil", "book", "candle"], {})


@pytest.mark.parametrize("sqlstate", ["57014", CHECK_VIOLATED])
async def test_too_long_a_statement_and_a_broken_rule_are_the_items_own(carrier: Carrier, sqlstate: str) -> None:
    carrier.sqlstates["anvil"] = [sqlstate]
    await carrier.pass_by(0)
    assert (await carrier.done(), await carrier.attempts()) == (["book", "candle"], {"anvil": 1})


async def test_a_case_that_cannot_be_opened_holds_up_nobody_and_is_shown(carrier: Carrier) -> None:
    carrier.too_heavy, carrier.cases_break = {"anvil"}, {"failing"}
    for _ in range(5):
        await carrier.pass_by(61)
    assert (await carrier.done(), await carrier.attempts()) == (["book", "candle"], {"anvil": 5})
    measured = await carrier.runner.measure()
    assert measured.status is Status.FAILED
    assert "carry" in measured.advice
    assert "job_case_not_told" in measured.advice
    carrier.cases_break = set()
    await carrier.pass_by(61)
    assert [failed.attempts for failed in carrier.told] == [6]
    assert (await carrier.runner.measure()).status is Status.WARNING


async def test_a_case_that_cannot_be_closed_holds_up_nobody_and_is_closed_later(carrier: Carrier) -> None:
    carrier.too_heavy, carrier.cases_break = {"anvil"}, {"recovered"}
    for _ in range(4):
        await carrier.pass_by(61)
    carrier.too_heavy = set()
    await carrier.pass_by(61)
    assert (await carrier.done(), carrier.closed) == (["book", "candle", "anvil"], [])
    assert (await carrier.runner.measure()).status is Status.FAILED
    carrier.cases_break = set()
    await carrier.pass_by(3_601)
    assert (carrier.closed, await carrier.attempts()) == (["anvil"], {})
    assert (await carrier.runner.measure()).status is Status.OK
