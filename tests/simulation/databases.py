"""Databases with a service's real schema that are emptied between seeds, and that remember all that was committed.

A trigger copies what is written into the outbox into ``sim_committed``, in the same transaction: the witness that the
history is judged by, since the relay deletes what it has sent. `empty` is one call, because a seed lasts a tenth of a
second and a truncation of a hundred tables would last as long.
"""

from __future__ import annotations

import asyncio
from typing import Final

import asyncpg

from shared.service.declaration import AnyService
from shared.service.migrations import Migrations
from tests.simulation.server import Server

_KEPT: Final = ("alembic_version", "schema_compatibility")
_WITNESS: Final = """
CREATE TABLE sim_committed (place bigint GENERATED ALWAYS AS IDENTITY, position bigint, event_id uuid, topic text,
    key text);
CREATE FUNCTION sim_witness() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sim_committed (position, event_id, topic, key)
        SELECT position, event_id, topic, key FROM written ORDER BY position;
    RETURN NULL;
END $$;
CREATE TRIGGER sim_witness AFTER INSERT ON outbox REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION sim_witness();
"""
_TABLES: Final = """
SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace
    AND (relkind = 'r' OR relkind = 'S') AND relname <> ALL ($1::text[]) ORDER BY relkind, relname
"""


async def make_template(server: Server, service: AnyService) -> str:
    """A database with the service's schema, the witness and ``sim_empty()``; gives its name."""
    name = f"template_{service.name.replace('-', '_')}"
    await _as_superuser(server, f'CREATE DATABASE "{name}"')
    await Migrations(service.migrations).upgrade(server.url(name))
    connection = await asyncpg.connect(server.url(name))
    try:
        await connection.execute(_WITNESS)
        rows = await connection.fetch(_TABLES, list(_KEPT))
        tables = [row["relname"] for row in rows if row["relkind"] == b"r"]
        lines = [f'DELETE FROM "{table}";' for table in tables]
        for table in tables:
            if await connection.fetchval(f'SELECT EXISTS (SELECT FROM "{table}")'):
                await connection.execute(f'CREATE TABLE "sim_first_{table}" AS SELECT * FROM "{table}"')
                lines.append(f'INSERT INTO "{table}" OVERRIDING SYSTEM VALUE SELECT * FROM "sim_first_{table}";')
        lines += [f"PERFORM setval('\"{row['relname']}\"', 1, false);" for row in rows if row["relkind"] == b"S"]
        body = "\n".join(lines)
        await connection.execute(
            f"CREATE FUNCTION sim_empty() RETURNS void LANGUAGE plpgsql "
            f"SET session_replication_role = replica AS $$ BEGIN {body} END $$"
        )
    finally:
        await connection.close()
    return name


async def copy_template(server: Server, template: str, name: str) -> None:
    """A database of its own for one process. Nobody may be connected to the template meanwhile."""
    await _as_superuser(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')


async def empty(connection: asyncpg.Connection, *, tidy: bool) -> None:
    """Remove all rows; ``tidy`` removes the dead ones as well, every now and then."""
    await connection.execute("SELECT sim_empty()")
    if tidy:
        await connection.execute("VACUUM")


async def _as_superuser(server: Server, statement: str) -> None:
    for attempt in range(20):
        connection = await asyncpg.connect(server.url("postgres"))
        try:
            await connection.execute(statement)
        except asyncpg.ObjectInUseError:
            if attempt == 19:
                raise
            await asyncio.sleep(0.1)
        else:
            return
        finally:
            await connection.close()
