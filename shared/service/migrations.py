"""Brings a service's database to the schema its program expects, safely even when several try at once.

A service's ``migrations`` folder holds ``versions/*.py`` and an ``env.py`` of two lines. Each migration says whether
the program before it can go on working: that is recorded in the database, in the same transaction, so that an old
program knows whether it may run on a newer schema while a roll-out is under way.
"""

from __future__ import annotations

import asyncio
import importlib.util
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from shared.database import FailureKind, classify_failure
from shared.database.database import sqlalchemy_url

log = structlog.get_logger(__name__)

# Advisory lock of a migration: class, and a single key since each service has a database of its own.
MIGRATION_LOCK = (0x5041_5956, 0)  # "PAYV"
LOCK_TIMEOUT_MS = 5_000
RETRY_PAUSE_S = 2.0
MAX_ATTEMPTS = 30

_MAKE_COMPATIBILITY = "CREATE TABLE IF NOT EXISTS schema_compatibility (code_revision text PRIMARY KEY)"


class MigrationError(Exception):
    """The database cannot be migrated; the text says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.safe_message = sentence


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a migration did: revisions before and after, and the ones gone through, in order."""

    before: str | None
    after: str | None
    steps: tuple[str, ...]


class Migrations:
    """The migrations of one service, in the package ``package`` (``services.subsidy.migrations``).

    Raises MigrationError if the history branches or a migration does not say whether it is backward compatible.
    """

    def __init__(self, package: str) -> None:
        self.package = package
        self.script = ScriptDirectory.from_config(_config(package))
        heads = self.script.get_heads()
        if len(heads) != 1:
            raise MigrationError(
                f"{package} has {len(heads)} newest revisions; there must be exactly one. Give each migration the one "
                "before it as down_revision."
            )
        self.head: str = heads[0]
        self.history: tuple[str, ...] = tuple(step.revision for step in self.script.walk_revisions())[::-1]
        for revision in self.history:
            if not isinstance(getattr(self._module(revision), "backward_compatible", None), bool):
                raise MigrationError(
                    f"Migration {revision} of {package} must say backward_compatible = True or False: can the program "
                    "of the revision before it go on working while this one is in place?"
                )

    def _module(self, revision: str) -> Any:
        return self.script.get_revision(revision).module

    def works_with(self, revision: str) -> list[str]:
        """The revisions whose program works on a database at ``revision``: its own, and earlier ones as declared."""
        position = self.history.index(revision)
        programs = [revision]
        while position > 0 and self._module(self.history[position]).backward_compatible:
            position -= 1
            programs.append(self.history[position])
        return programs

    async def upgrade(self, url: str, target: str = "head", *, wait_s: float = 600.0) -> Migrated:
        """Go up to ``target``. Safe to call from several processes: one works, the others find it done.

        Statements wait at most 5 s for a lock, so that the service's own work is never held up for long; then the
        step is tried again. Raises MigrationError after too many attempts or when others hold the migration for
        ``wait_s``.
        """
        return await self._migrate(url, target, command.upgrade, wait_s)

    async def downgrade(self, url: str, target: str, *, wait_s: float = 600.0) -> Migrated:
        """Go down to ``target`` (``base`` removes everything). Data of what is removed is lost."""
        return await self._migrate(url, target, command.downgrade, wait_s)

    async def _migrate(self, url: str, target: str, direction: Any, wait_s: float) -> Migrated:
        settings = {"lock_timeout": str(LOCK_TIMEOUT_MS), "statement_timeout": "0", "timezone": "UTC"}
        engine = create_async_engine(
            sqlalchemy_url(url),
            poolclass=NullPool,
            connect_args={"server_settings": settings | {"application_name": f"{self.package} migrate"}},
        )
        try:
            async with engine.connect() as connection:
                await _take_lock(connection, wait_s)
                return await self._with_patience(connection, target, direction)
        finally:
            await engine.dispose()

    async def _with_patience(self, connection: AsyncConnection, target: str, direction: Any) -> Migrated:
        steps: list[str] = []
        before = await connection.run_sync(_revision)
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                await connection.run_sync(self._run, target, direction, steps)
                await connection.commit()
                return Migrated(before, await connection.run_sync(_revision), tuple(steps))
            except Exception as error:
                await connection.rollback()
                if classify_failure(error) is not FailureKind.TRANSIENT or not _is_lock_timeout(error):
                    raise
                log.warning("migration_waits_for_lock", attempt=attempt, retry_in_s=RETRY_PAUSE_S)
                await asyncio.sleep(RETRY_PAUSE_S)
        raise MigrationError(
            "The tables stayed locked by running work for too long. Look in pg_stat_activity for the transaction that "
            "holds them, end it, and run migrate again; what is done so far is kept."
        )

    def _run(self, connection: Connection, target: str, direction: Any, steps: list[str]) -> None:
        config = _config(self.package)
        config.attributes["connection"] = connection
        config.attributes["migrations"] = self
        config.attributes["steps"] = steps
        direction(config, target)

    def record(self, migration: MigrationContext, heads: Iterable[str], steps: list[str]) -> None:
        """Note, in the transaction of a step, which programs work with the schema that it leaves."""
        connection = migration.connection
        if connection is None:
            return
        reached = next(iter(heads), None)
        if reached is None:
            connection.execute(text("DROP TABLE IF EXISTS schema_compatibility"))
        else:
            connection.execute(text(_MAKE_COMPATIBILITY))
            connection.execute(text("DELETE FROM schema_compatibility"))
            rows = [{"revision": revision} for revision in self.works_with(reached)]
            connection.execute(text("INSERT INTO schema_compatibility VALUES (:revision)"), rows)
        steps.append(reached or "base")
        log.info("migration_applied", database_revision=reached or "base")


def run_environment(metadata: MetaData | None = None) -> None:
    """The whole of a service's ``env.py``: called by alembic with the connection that `Migrations` has opened."""
    attributes = context.config.attributes
    connection = attributes.get("connection")
    if connection is None:
        raise MigrationError("Migrations run through the service: python -m services.<name> migrate.")
    migrations: Migrations = attributes["migrations"]
    steps: list[str] = attributes["steps"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transaction_per_migration=True,
        on_version_apply=lambda *, ctx, heads, **_: migrations.record(ctx, heads, steps),
    )
    with context.begin_transaction():
        context.run_migrations()


def _config(package: str) -> Config:
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise MigrationError(f"There is no package {package} with migrations.")
    config = Config()
    config.set_main_option("script_location", str(Path(found.submodule_search_locations[0])).replace("%", "%%"))
    return config


async def _take_lock(connection: AsyncConnection, wait_s: float) -> None:
    """Ask again and again instead of waiting inside the server: a waiting session would hold up CREATE INDEX
    CONCURRENTLY of the one that works."""
    until = time.monotonic() + wait_s
    first, second = MIGRATION_LOCK
    told = False
    while not await connection.scalar(text(f"SELECT pg_try_advisory_lock({first}, {second})")):
        await connection.commit()
        if time.monotonic() > until:
            raise MigrationError(
                f"Another migration of this database has been running for more than {wait_s:g} s. Wait for it, or look "
                "in pg_stat_activity what it waits for."
            )
        if not told:
            log.info("migration_waits_for_another")
            told = True
        await asyncio.sleep(0.2)
    await connection.commit()


def _revision(connection: Connection) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    connection.commit()
    return revision


def _is_lock_timeout(error: BaseException) -> bool:
    return getattr(getattr(error, "orig", error), "sqlstate", None) == "55P03"
