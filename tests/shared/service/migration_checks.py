"""What every service's migrations have to stand: up, down and up again give the same, and tables match the code.

Call `check_up_and_down` and `check_tables` from a service's own tests.
"""

from __future__ import annotations

from collections.abc import Iterable

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table
from sqlalchemy.schema import SchemaItem

from shared.database import Database
from shared.service.migrations import Migrations

_COLUMNS = """
SELECT format('%s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default)
FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1
"""
_CONSTRAINTS = """
SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1
"""
_INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
_FUNCTIONS = "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1"
_TRIGGERS = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"


async def schema_of(url: str) -> list[str]:
    """Everything that is defined in the database, as sorted lines."""
    database = Database(url)
    try:
        async with database.transaction() as tx:
            lines = []
            for query in (_COLUMNS, _CONSTRAINTS, _INDEXES, _FUNCTIONS, _TRIGGERS):
                lines += [str(row[0]) for row in await tx.fetch(query)]
            return lines
    finally:
        await database.close()


async def check_up_and_down(package: str, url: str) -> None:
    """Go up step by step; after each step go down and up again. Going down undoes all; going up gives the same."""
    migrations = Migrations(package)
    before = "base"
    for revision in migrations.history:
        below = await schema_of(url)
        await migrations.upgrade(url, revision)
        above = await schema_of(url)
        assert above != below, f"{revision} changes nothing"
        await migrations.downgrade(url, before)
        # The bookkeeping tables of alembic and of the kit stay behind after the first step down.
        assert _without_bookkeeping(await schema_of(url)) == _without_bookkeeping(below), f"{revision} is not undone"
        await migrations.upgrade(url, revision)
        assert await schema_of(url) == above, f"{revision} gives another schema the second time"
        before = revision


async def check_tables(package: str, url: str, metadata: MetaData) -> None:
    """The migrated database has the tables of ``metadata`` exactly as the code declares them."""
    await Migrations(package).upgrade(url)
    database = Database(url)
    try:
        async with database.engine.connect() as connection:
            differences = await connection.run_sync(_differences, metadata)
    finally:
        await database.close()
    assert not differences, f"The tables of the code and of the migrations differ: {differences}"


def only(tables: Iterable[Table]) -> MetaData:
    """Metadata of these tables alone: in a session of many services the common one has everybody's."""
    metadata = MetaData()
    for table in tables:
        table.to_metadata(metadata)
    return metadata


def _differences(connection: Connection, metadata: MetaData) -> list[object]:
    def ours(_item: SchemaItem, name: str | None, kind: str, _reflected: bool, _compared: SchemaItem | None) -> bool:
        return kind != "table" or name in metadata.tables

    options = {"compare_type": True, "include_object": ours}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def _without_bookkeeping(lines: list[str]) -> list[str]:
    return [line for line in lines if "alembic_version" not in line and "schema_compatibility" not in line]
