"""A PostgreSQL server of its own that stops taking writes in three ways, and takes them again.

``default``: the database's setting, as an operator gives it; running sessions are ended, as at a failover.
``reload``: the server's setting; sessions live on and find out between two transactions.
``standby``: the server comes up as a hot standby, as after a failover to a replica that nobody has promoted yet.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from deploy.local.child import Child
from deploy.local.home import Home
from deploy.local.postgres.databases import Databases
from deploy.local.postgres.server import folder, forget_data, server

WAYS = ("default", "reload", "standby")


async def set_read_only(url: str, value: str) -> None:
    """Have new sessions of the database at ``url`` refuse writes (``on``) or take them (``off``)."""
    session = await asyncpg.connect(url, server_settings={"default_transaction_read_only": "off"})
    try:
        name = await session.fetchval("SELECT current_database()")
        await session.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}')
    finally:
        await session.close()


@dataclass
class ReadOnlyServer:
    """The server, one database on it, and the ways in and out."""

    home: Home
    postgres: Child
    name: str
    url: str

    @property
    def _signal_file(self) -> Path:
        return folder(self.home) / "data" / "standby.signal"

    async def stop_writes(self, way: str) -> None:
        """From now on writes are refused with SQLSTATE 25006."""
        if way == "standby":
            await asyncio.to_thread(self.postgres.stop)
            self._signal_file.touch()
            await asyncio.to_thread(self.postgres.start)
            return
        if way == "reload":
            await self._run("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
            return
        await self._run(f'ALTER DATABASE "{self.name}" SET default_transaction_read_only = on')
        await self._run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'")

    async def take_writes(self, way: str) -> None:
        """From now on writes are taken. Sessions that were opened meanwhile keep what they began with."""
        if way == "standby":
            await self._run("SELECT pg_promote()")
        elif way == "reload":
            await self._run("ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()")
        else:
            await self._run(f'ALTER DATABASE "{self.name}" RESET default_transaction_read_only')

    async def _run(self, *statements: str) -> None:
        operator = await asyncpg.connect(Databases(self.home).superuser_url)
        try:
            await operator.execute("SET default_transaction_read_only = off")
            for statement in statements:
                await operator.execute(statement)
        finally:
            await operator.close()


@contextlib.asynccontextmanager
async def read_only_server(path: Path) -> AsyncIterator[ReadOnlyServer]:
    """A fresh server in ``path``; it is gone with its data afterwards."""
    home = Home.open(path)
    postgres = server(home)
    try:
        await asyncio.to_thread(postgres.start)
        name, url = await asyncio.to_thread(Databases(home).create_temporary, "moody")
        yield ReadOnlyServer(home, postgres, name, url)
    finally:
        await asyncio.to_thread(postgres.stop)
        forget_data(home)
