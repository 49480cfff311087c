"""The tables that the code of each service declares are those of its migrated database."""

from __future__ import annotations

import pytest
from sqlalchemy import BigInteger, Column
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.database import Database
from tests.conftest import MakeMigrated
from tests.shared.service.migration_checks import check_tables, only
from tests.tables import classes_of, differences, table_of, tables_without_class

SERVICES = ("compliance", "enrolment", "notification", "subsidy")
KIT_ONLY = "tests.shared.demo.migrations"


@pytest.mark.parametrize("service", SERVICES)
async def test_the_tables_of_the_code_are_those_of_the_database(service: str, migrated_database: MakeMigrated) -> None:
    classes = classes_of(service)
    assert classes
    assert await differences(await migrated_database(f"services.{service}.migrations"), classes) == []


@pytest.mark.parametrize("service", ["enrolment", "subsidy"])
async def test_indexes_and_constraints_too_where_the_classes_name_them(
    service: str, migrated_database: MakeMigrated
) -> None:
    package = f"services.{service}.migrations"
    declared = only(table_of(one) for one in classes_of(service))
    await check_tables(package, await migrated_database(package), declared)


@pytest.mark.parametrize("service", SERVICES)
async def test_every_table_has_a_class(service: str, migrated_database: MakeMigrated) -> None:
    url, kit_url = await migrated_database(f"services.{service}.migrations"), await migrated_database(KIT_ONLY)
    assert await tables_without_class(url, kit_url, classes_of(service)) == set()


async def test_every_difference_is_found(database_url: str) -> None:
    class Declared(SQLModel, registry=registry()):
        pass

    class Berth(Declared, table=True):
        __tablename__ = "berth"
        berth_id: int = Field(primary_key=True)
        harbour: str = Field(primary_key=True)
        depth: int = Field(sa_column=Column(BigInteger, nullable=False))
        name: str
        gone: str

    class Pier(Declared, table=True):
        __tablename__ = "pier"
        pier_id: int = Field(primary_key=True)

    database = Database(database_url)
    try:
        async with database.transaction() as tx:
            await tx.run(
                "CREATE TABLE berth (berth_id integer PRIMARY KEY, harbour text NOT NULL, depth integer NOT NULL, "
                'name text, extra text COLLATE "C")'
            )
    finally:
        await database.close()
    assert await differences(database_url, [Berth, Pier]) == [
        "berth.extra is only in the database.",
        "berth.gone is only in the code.",
        "berth.depth is BIGINT in the code and INTEGER in the database.",
        "berth.name may be NULL in the database only.",
        "berth has the primary key berth_id in the database.",
        "The database has no table pier.",
    ]
