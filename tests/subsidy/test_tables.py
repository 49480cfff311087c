"""Migrations go up and down, and journals must balance."""

from __future__ import annotations

import asyncpg
import pytest
from sqlalchemy.exc import IntegrityError

from services.subsidy.app import SERVICE
from shared.service.migrations import Migrations
from tests.shared.service.migration_checks import check_up_and_down
from tests.subsidy.play import TREASURER, Play
from tests.subsidy.test_wrong_person import died


async def test_up_and_down(database_url: str) -> None:
    await check_up_and_down(SERVICE.migrations, database_url)


async def test_a_journal_that_does_not_balance_cannot_be_committed(play: Play) -> None:
    line = await play.line()
    journal = await play.world.value("SELECT journal_id FROM journal")
    entry = "INSERT INTO journal_entry VALUES ($1, $2, 'JHT', 'paid', 5)"
    with pytest.raises((asyncpg.CheckViolationError, IntegrityError), match="does not balance"):
        await play.world.break_by_hand(entry, journal, line)
    with pytest.raises((asyncpg.CheckViolationError, IntegrityError), match="does not balance"):
        await play.world.break_by_hand("DELETE FROM journal_entry WHERE account = 'available' AND programme = 'JKK'")
    with pytest.raises((asyncpg.CheckViolationError, IntegrityError), match="does not balance"):
        await play.world.break_by_hand(
            "UPDATE journal_entry SET amount_rupiah = amount_rupiah + 1 WHERE account = 'available'"
        )


async def test_an_overspent_account_cannot_be_committed(play: Play) -> None:
    await play.line()
    with pytest.raises(asyncpg.CheckViolationError, match="balance_never_overspent"):
        await play.world.break_by_hand("UPDATE balance SET amount_rupiah = -1 WHERE account = 'reserved'")


async def test_a_month_that_is_being_paid_survives_the_way_down_and_up(play: Play, subsidy_url: str) -> None:
    _, disbursement, workers = await play.instructed(6)
    play.confirm(disbursement)
    await play.world.run_job("receive")
    await play.world.database.engine.dispose()  # statements that were prepared for other tables
    migrations = Migrations(SERVICE.migrations)
    await migrations.downgrade(subsidy_url, "0001")
    try:
        assert await play.world.value("SELECT count(*) FROM confirmation_row") == len(workers)
    finally:
        await play.world.database.engine.dispose()
        await migrations.upgrade(subsidy_url)
    assert await play.broken() == {}
    await play.received()
    assert (await play.get(f"/disbursements/{disbursement}"))["state"] == "paid"
    assert await play.broken() == {}


async def test_bills_and_claims_survive_the_way_down_and_up(play: Play, subsidy_url: str) -> None:
    """One run whose bill is on its way, one that still collects, and somebody who has left between due and cut."""
    _, _, paid = await play.instructed(4)
    line, run, workers = await play.funded(5)
    await play.world.feed(died(workers[0], last=None))
    await play.done(f"/month-runs/{run}/bills", {}, TREASURER)
    collecting = await play.run(line, "2026-12")
    named = "SELECT worker_id, month, bill_id IN (SELECT bill_id FROM bill) FROM contribution ORDER BY 1, 2"
    before = await play.world.rows(named)
    await play.world.database.engine.dispose()  # statements that were prepared for other tables
    migrations = Migrations(SERVICE.migrations)
    await migrations.downgrade(subsidy_url, "0004")
    try:
        assert await play.world.value("SELECT count(*) FROM bill_line") == len(paid) + 4
        assert await play.world.value("SELECT count(*) FROM cover_claim") == len(before)
    finally:
        await play.world.database.engine.dispose()
        await migrations.upgrade(subsidy_url)
    assert await play.world.rows(named) == before
    assert await play.broken() == {}
    assert (await play.done(f"/month-runs/{collecting}/bills", {}, TREASURER))["worker_count"] == 4
    assert await play.broken() == {}
