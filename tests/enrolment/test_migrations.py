"""The schema goes up and down, and the tables of the code are those of the migrations."""

from __future__ import annotations

from sqlmodel import SQLModel

from services.enrolment import tables
from tests.shared.service.migration_checks import check_tables, check_up_and_down, only

MIGRATIONS = "services.enrolment.migrations"


async def test_it_goes_up_and_down(database_url: str) -> None:
    await check_up_and_down(MIGRATIONS, database_url)


async def test_the_tables_of_the_code_are_those_of_the_migrations(database_url: str) -> None:
    ours = [getattr(tables, name).__table__ for name in tables.__all__]
    assert {table.name for table in ours} <= set(SQLModel.metadata.tables)
    await check_tables(MIGRATIONS, database_url, only(ours))
