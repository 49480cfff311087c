"""Every promise of compliance is noticed when a row is changed, deleted or doubled by hand."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import asyncpg
import pytest

from shared.database import Transaction
from shared.service.verify import KIT_CHECKS
from tests.compliance.breaks import BREAKS, REFUSED
from tests.compliance.office import KOPI, SAWIT, Office, wage_rows


async def played(office: Office) -> None:
    """Two employers, a correction, money in parts, money that waits, delays announced."""
    await office.employers(SAWIT, KOPI)
    for month in ("2026-09", "2026-10"):
        warung = wage_rows("KA0002", month, (3_000_000,))
        await office.wages(*wage_rows("KA0001", month, (5_000_000, 6_000_000)), *warung)
        await office.assess(month)
    await office.wages(*wage_rows("KA0001", "2026-10", (5_000_000, 6_000_000, 7_000_000)), "KA0001,2026-10,1,1")
    await office.assess("2026-10")
    await office.payments("KA0002,2026-09,P-1,16200,0,2026-10-14", "KA0002,2026-10,P-2,20000,500,2026-11-09")
    await office.payments("KA0001,2026-09,P-3,300000,0,2026-10-10", "KA0001,2026-08,P-4,5,0,2026-10-10")
    office.travel(date(2026, 11, 20))
    await office.age("2026-11-20")


@contextlib.asynccontextmanager
async def undone(office: Office) -> AsyncIterator[Transaction]:
    """A transaction that is rolled back in any case."""
    async with office.world.database.engine.connect() as connection, connection.begin() as transaction:
        await connection.exec_driver_sql("SELECT 1")
        raw = (await connection.get_raw_connection()).driver_connection
        assert isinstance(raw, asyncpg.Connection)
        yield Transaction(connection, raw)
        await transaction.rollback()


async def test_every_change_by_hand_is_noticed(office: Office, tmp_path: Path) -> None:
    await played(office)
    assert await office.broken(tmp_path) == set()
    own = office.world.service.verification.checks
    assert {check.name for check in own} <= {broken.check for broken in BREAKS}, "each is broken by somebody"
    checks = {check.name: check for check in (*KIT_CHECKS, *own)}
    unnoticed = []
    for way in BREAKS:
        async with undone(office) as tx:
            if way.constraint:
                await tx.run(f"ALTER TABLE contribution DROP CONSTRAINT {way.constraint}")
            tag = await tx.run(way.statement)
            assert not tag.endswith(" 0"), f"nothing was broken: {way.statement}"
            found = await checks[way.check].find(tx)
            assert len(found) <= 20
            assert all(one.row and one.sentence.endswith(".") for one in found)
            if not found:
                unnoticed.append(way)
    assert unnoticed == []
    assert await office.broken(tmp_path) == set()


async def test_the_database_itself_refuses(office: Office) -> None:
    await played(office)
    for statement in REFUSED:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await office.world.break_by_hand(statement)
