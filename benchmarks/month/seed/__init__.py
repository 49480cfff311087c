"""The world before the month: everybody verified, granted and enrolled, in every service's database and at BPJS.

Written by statements over whole sets, straight into the tables, so that a million people take a minute and the month
begins as it would after a year of work. `payung verify` holds on it.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from types import ModuleType
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from benchmarks.month.seed import enrolment, notification, people, sandbox, subsidy
from benchmarks.month.shape import Shape
from deploy.local.postgres import Databases

_SEEDS: Final[dict[str, ModuleType]] = {"enrolment": enrolment, "subsidy": subsidy, "notification": notification}
SETTLE_LIMIT_S: Final = 120.0
_CLEANING: Final = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'"
# Of this session only: the world may be lost with the machine, what the services write afterwards may not.
_SESSION = {"synchronous_commit": "off", "jit": "off", "maintenance_work_mem": "128MB", "work_mem": "64MB"}


def database_url(databases: Databases, name: str) -> str:
    """The superuser's way into a service's database."""
    return urlunsplit(urlsplit(databases.superuser_url)._replace(path=f"/{name}"))


async def sow(databases: Databases, branch: Path, shape: Shape) -> None:
    """Make the world of ``shape`` in freshly migrated databases and in the sandbox's folder ``branch``."""
    async with asyncio.TaskGroup() as tasks:
        for name, module in _SEEDS.items():
            tasks.create_task(_sow(database_url(databases, name), module, shape))
        tasks.create_task(asyncio.to_thread(sandbox.sow, branch, shape))
    await settle(databases)


async def settle(databases: Databases) -> None:
    """Wait until PostgreSQL has nothing left to do of what came before: what is measured next pays for itself alone."""
    connection = await asyncpg.connect(databases.superuser_url)
    try:
        give_up_at = time.monotonic() + SETTLE_LIMIT_S
        while time.monotonic() < give_up_at:
            if not await connection.fetchval(_CLEANING):
                break
            await asyncio.sleep(0.2)
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def _sow(url: str, module: ModuleType, shape: Shape) -> None:
    connection = await asyncpg.connect(url, server_settings=_SESSION)
    try:
        await people.gather(connection, shape)
        await module.sow(connection, shape)
        await people.forget(connection)
        # As after a year of autovacuum: statistics are known, pages are marked visible, nothing is left to tidy up.
        for table in module.TABLES:
            await connection.execute(f"VACUUM (FREEZE, ANALYZE) {table}")
    finally:
        await connection.close()
