"""Migrations: up and down, two at once, locks that are waited for, and which program fits which database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from shared.database import Database
from shared.health import Status
from shared.service import migrations as migrations_module
from shared.service.migrations import MigrationError, Migrations
from shared.service.schema_gate import OutgrownError, SchemaGate
from tests.shared.demo import tables
from tests.shared.service.conftest import DEMO_MIGRATIONS
from tests.shared.service.migration_checks import check_tables, check_up_and_down, only, schema_of
from tests.shared.service.migration_packages import PackageMaker


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackageMaker:
    return PackageMaker(tmp_path, monkeypatch)


async def gate(url: str, package: str) -> tuple[bool, str]:
    database = Database(url)
    try:
        state = await SchemaGate(database, Migrations(package)).look()
    finally:
        await database.close()
    return state.fits, state.advice


_MODELS = (tables.Booklet, tables.StampTotal, tables.DayClosed)


async def test_the_demonstration_service_goes_up_and_down(database_url: str) -> None:
    await check_up_and_down(DEMO_MIGRATIONS, database_url)


async def test_the_check_of_up_and_down_bites(database_url: str, packages: PackageMaker) -> None:
    package = packages.make("leaky", {"0001": False}, {"0001": "CREATE TABLE forgotten (id int)"})
    with pytest.raises(AssertionError, match="0001 is not undone"):
        await check_up_and_down(package, database_url)


async def test_the_tables_of_the_code_are_those_of_the_migrations(database_url: str) -> None:
    ours = [SQLModel.metadata.tables[str(model.__tablename__)] for model in _MODELS]
    await check_tables(DEMO_MIGRATIONS, database_url, only(ours))


async def test_two_migrations_at_once_do_the_work_once(database_url: str, packages: PackageMaker) -> None:
    package = packages.make(
        "slow", {"0001": False, "0002": True}, {"0001": "SELECT pg_sleep(0.3); CREATE TABLE step_0001 (id int)"}
    )
    both = await asyncio.gather(*(Migrations(package).upgrade(database_url) for _ in range(2)))
    assert sorted(done.steps for done in both) == [(), ("0001", "0002")]
    assert {done.after for done in both} == {"0002"}


async def test_a_migration_waits_for_a_locked_table_without_blocking_it(
    database: Database, migrated_url: str, packages: PackageMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations_module, "LOCK_TIMEOUT_MS", 100)
    monkeypatch.setattr(migrations_module, "RETRY_PAUSE_S", 0.05)
    async with database.transaction() as tx:
        await tx.run("DROP TABLE alembic_version, schema_compatibility")
    package = packages.make("adding", {"0001": True}, {"0001": "ALTER TABLE booklet ADD COLUMN colour text"})
    async with database.transaction() as tx:
        await tx.run("INSERT INTO booklet VALUES (gen_random_uuid(), 1, 1)")
        migrating = asyncio.create_task(Migrations(package).upgrade(migrated_url))
        await asyncio.sleep(0.5)
        assert not migrating.done()
        async with asyncio.timeout(1):
            async with database.transaction() as other:
                await other.run("INSERT INTO booklet VALUES (gen_random_uuid(), 1, 1)")
    done = await migrating
    assert done.steps == ("0001",)


async def test_a_table_that_stays_locked_ends_the_migration_with_advice(
    database: Database, migrated_url: str, packages: PackageMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("LOCK_TIMEOUT_MS", 50), ("RETRY_PAUSE_S", 0.01), ("MAX_ATTEMPTS", 3)):
        monkeypatch.setattr(migrations_module, name, value)
    async with database.transaction() as tx:
        await tx.run("DROP TABLE alembic_version, schema_compatibility")
    package = packages.make("stuck", {"0001": True}, {"0001": "ALTER TABLE booklet ADD COLUMN colour text"})
    async with database.transaction() as tx:
        await tx.run("LOCK TABLE booklet")
        with pytest.raises(MigrationError, match="pg_stat_activity"):
            await Migrations(package).upgrade(migrated_url)


async def test_a_failed_step_is_undone_and_keeps_the_steps_before(database_url: str, packages: PackageMaker) -> None:
    package = packages.make("broken", {"0001": False, "0002": True}, {"0002": "CREATE TABLE half (id int); SELECT 1/0"})
    with pytest.raises(Exception, match="division by zero"):
        await Migrations(package).upgrade(database_url)
    assert not any("half" in line for line in await schema_of(database_url))
    fits, advice = await gate(database_url, package)
    assert not fits
    assert "at revision 0001" in advice


async def test_an_older_database_is_refused_with_the_command_that_helps(
    database_url: str, packages: PackageMaker
) -> None:
    package = packages.make("growing", {"0001": False, "0002": True})
    assert await gate(database_url, package) == (
        False,
        "The database has no tables yet. Run python -m growing migrate.",
    )
    await Migrations(package).upgrade(database_url, "0001")
    fits, advice = await gate(database_url, package)
    assert not fits
    assert "at revision 0001, this program needs 0002. Run python -m growing migrate" in advice
    await Migrations(package).upgrade(database_url)
    assert await gate(database_url, package) == (True, "")


async def test_an_old_program_works_on_a_newer_schema_only_as_declared(
    database_url: str, packages: PackageMaker
) -> None:
    old = packages.make("old", {"0001": False, "0002": False})
    new = packages.make("new", {"0001": False, "0002": False, "0003": True, "0004": True, "0005": False})
    programs = Migrations(new)
    await programs.upgrade(database_url, "0004")
    assert (await gate(database_url, old))[0], "0003 and 0004 are declared backward compatible"
    await programs.upgrade(database_url)
    fits, advice = await gate(database_url, old)
    assert not fits
    assert "newer than this program" in advice
    await programs.downgrade(database_url, "0003")
    assert (await gate(database_url, old))[0]


async def test_a_program_waits_for_its_schema_and_goes_on_by_itself(database_url: str, packages: PackageMaker) -> None:
    package = packages.make("waiting", {"0001": False})
    database = Database(database_url)
    schema = SchemaGate(database, Migrations(package))
    try:
        waiting = asyncio.create_task(schema.wait(asyncio.Event(), retry_s=0.05))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        assert (await schema.measure()).status is Status.FAILED
        await Migrations(package).upgrade(database_url)
        await asyncio.wait_for(waiting, 5)
        assert (await schema.measure()).status is Status.OK
    finally:
        await database.close()


async def test_a_watched_schema_may_grow_and_be_away_but_not_leave_the_program_behind(
    database_url: str, packages: PackageMaker
) -> None:
    old = packages.make("watched_old", {"0001": False})
    new = packages.make("watched_new", {"0001": False, "0002": True, "0003": False})
    database = Database(database_url)
    schema = SchemaGate(database, Migrations(old))
    watching = asyncio.create_task(schema.watch(asyncio.Event(), period_s=0.05))
    try:
        await asyncio.sleep(0.2)
        for revision in ("0001", "0002"):
            await Migrations(new).upgrade(database_url, revision)
            await asyncio.sleep(0.2)
            assert not watching.done(), revision
        await Migrations(new).upgrade(database_url)
        with pytest.raises(OutgrownError) as caught:
            await asyncio.wait_for(watching, 5)
        assert "revision 0003, which is newer than this program (0001)" in caught.value.safe_message
    finally:
        await database.close()


async def test_waiting_for_a_database_that_is_away_ends_with_the_stop(packages: PackageMaker) -> None:
    database = Database("postgresql://nobody:x@127.0.0.1:1/none", connect_timeout_s=0.2)
    stop = asyncio.Event()
    schema = SchemaGate(database, Migrations(packages.make("away", {"0001": False})))
    waiting = asyncio.create_task(schema.wait(stop, retry_s=0.05))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    stop.set()
    await asyncio.wait_for(waiting, 5)


def test_a_migration_must_say_whether_it_is_backward_compatible(packages: PackageMaker) -> None:
    with pytest.raises(MigrationError, match=r"0002 of silent\.migrations must say backward_compatible"):
        Migrations(packages.make("silent", {"0001": False, "0002": None}))
