"""Databases with a service's schema for one test after the other: emptied and not made anew, which is much quicker.

Making and removing a database costs PostgreSQL a checkpoint each, many times what the tests in it take.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import asyncpg

from deploy.local.postgres import Databases

_TABLES: Final = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    AND NOT relispartition ORDER BY relname
"""
# Hardly any test changes these: they are compared, which is quicker than to write them anew.
_STAMPS: Final = frozenset({"alembic_version", "schema_compatibility"})
# Tables, columns, indexes, constraints and triggers: whoever has changed them gives the database away.
_SHAPE: Final = """
SELECT md5(string_agg(line, ',' ORDER BY line COLLATE "C")) FROM (
    SELECT concat_ws('|', relname, attname, attnotnull, atttypid) AS line FROM pg_attribute
        JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws('|', conname, conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws('|', tgname, tgrelid::regclass, tgenabled) FROM pg_trigger
) lines
"""


async def _migrate(migrations: str, url: str) -> None:
    from shared.service.migrations import Migrations

    await Migrations(migrations).upgrade(url)


class MigratedDatabases:
    """The databases of a session. Nobody else's rows, tables or connections are found in one that was `take`n.

    ``prepare`` makes the tables in a new one; it is told what was asked for (a migrations package) and the address.
    """

    def __init__(self, databases: Databases, prepare: Callable[[str, str], Awaitable[None]] = _migrate) -> None:
        self._databases, self._prepare = databases, prepare
        self._free: dict[str, list[str]] = {}
        self._as_made: dict[str, tuple[str, dict[str, str]]] = {}

    async def take(self, migrations: str) -> str:
        """A database with the schema of this migrations package and nothing in it; gives its address."""
        free = self._free.setdefault(migrations, [])
        return free.pop() if free else await self._make(migrations)

    async def give_back(self, migrations: str, url: str) -> None:
        """Empty a database for the next test; one that cannot be is removed."""
        with suppress(asyncpg.PostgresError, OSError):
            connection = await asyncpg.connect(url, server_settings={"lock_timeout": "5s"})
            try:
                if await self._emptied(connection, url):
                    self._free[migrations].append(url)
                    return
            finally:
                await connection.close()
        await asyncio.to_thread(self._drop, url)

    def close(self) -> None:
        """Remove them all."""
        for url in list(self._as_made):
            self._drop(url)

    async def _make(self, migrations: str) -> str:
        _, url = await asyncio.to_thread(self._databases.create_temporary, "test")
        await self._prepare(migrations, url)
        connection = await asyncpg.connect(url)
        try:
            rows = {name: await _content(connection, name) for name in await _tables(connection)}
            shape = await connection.fetchval(_SHAPE)
        finally:
            await connection.close()
        self._as_made[url] = (shape, {name: text for name, text in rows.items() if text})
        return url

    async def _emptied(self, connection: Any, url: str) -> bool:
        shape, rows = self._as_made[url]
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        if await connection.fetchval(_SHAPE) != shape or await connection.fetchval(others):
            return False
        names = await _tables(connection)
        as_made = [name for name in names if name in _STAMPS and await _content(connection, name) == rows.get(name)]
        filled = [
            name
            for name in names
            if name not in as_made and await connection.fetchval(f'SELECT EXISTS (SELECT FROM "{name}")')
        ]
        async with connection.transaction():
            if filled:
                quoted = ", ".join(f'"{name}"' for name in filled)
                await connection.execute(f"TRUNCATE {quoted} RESTART IDENTITY CASCADE")
            for name, text in rows.items():
                if name in as_made:
                    continue
                again = f'INSERT INTO "{name}" SELECT * FROM jsonb_populate_recordset(NULL::"{name}", $1::jsonb)'
                await connection.execute(again, text)
        return True

    def _drop(self, url: str) -> None:
        self._as_made.pop(url, None)
        self._databases.drop(url.rpartition("/")[2])


async def _tables(connection: Any) -> list[str]:
    return [row["relname"] for row in await connection.fetch(_TABLES)]


async def _content(connection: Any, name: str) -> str | None:
    """The rows of a table as text; None when there are none."""
    text: str | None = await connection.fetchval(f'SELECT jsonb_agg(to_jsonb(t))::text FROM "{name}" t')
    return text
