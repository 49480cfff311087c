"""A program works only on a schema that it fits: otherwise it waits, says so, and starts by itself once it fits.

Older than the program: the migration is still to come. Newer: fine if the migration was declared backward
compatible, as during a roll-out in which old and new processes run side by side. Who would do harm on a schema that it
does not know is watched while it works, and ends itself when the schema has gone on without it.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

import structlog

from shared.database import Database, FailureKind, classify_failure
from shared.health import Measurement, Status
from shared.service.migrations import Migrations

log = structlog.get_logger(__name__)

_HAS_SCHEMA = "SELECT to_regclass('alembic_version') IS NOT NULL AND to_regclass('schema_compatibility') IS NOT NULL"
_STATE = """
SELECT (SELECT version_num FROM alembic_version) AS database_revision,
       EXISTS (SELECT 1 FROM schema_compatibility WHERE code_revision = $1) AS fits
"""


@dataclass(frozen=True, slots=True)
class SchemaState:
    """Whether the program fits the database, and if not, what to do."""

    fits: bool
    database_revision: str | None
    advice: str = ""
    is_outgrown: bool = False  # the schema is newer than the program and not compatible with it


class OutgrownError(Exception):
    """The schema has gone on to a revision that this program does not fit."""

    def __init__(self, advice: str) -> None:
        super().__init__(advice)
        self.safe_message = advice


class SchemaGate:
    """Compares the database with the newest migration that this program brings along. Also the check of that name."""

    name = "schema"

    def __init__(self, database: Database, migrations: Migrations) -> None:
        self._database = database
        self._migrations = migrations
        self._migrate_command = f"python -m {migrations.package.removesuffix('.migrations')} migrate"

    async def look(self) -> SchemaState:
        """Compare now. Raises what the database raises."""
        async with self._database.transaction() as tx:
            if not await tx.fetch_value(_HAS_SCHEMA):
                return SchemaState(False, None, f"The database has no tables yet. Run {self._migrate_command}.")
            row = (await tx.fetch(_STATE, self._migrations.head))[0]
        revision: str | None = row["database_revision"]
        if row["fits"]:
            return SchemaState(True, revision)
        is_outgrown = revision is not None and revision not in self._migrations.history
        if not is_outgrown:
            advice = (
                f"The database is at revision {revision or 'none'}, this program needs {self._migrations.head}. "
                f"Run {self._migrate_command}; this process waits and goes on by itself."
            )
        else:
            advice = (
                f"The database is at revision {revision}, which is newer than this program ({self._migrations.head}) "
                "and not compatible with it. Start the program version that belongs to the database."
            )
        return SchemaState(False, revision, advice, is_outgrown)

    async def wait(self, stop: asyncio.Event, retry_s: float = 2.0) -> None:
        """Return when the schema fits or ``stop`` is set. Says once why it waits, and again when that changes."""
        told = ""
        while not stop.is_set():
            try:
                state = await self.look()
            except Exception as error:
                if classify_failure(error) is not FailureKind.TRANSIENT:
                    raise
                state = SchemaState(False, None, "The database does not answer; look whether it is up and reachable.")
            if state.fits:
                log.info("schema_fits", database_revision=state.database_revision, code_revision=self._migrations.head)
                return
            if state.advice != told:
                told = state.advice
                log.error("schema_does_not_fit", advice=state.advice, retry_in_s=retry_s)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(retry_s):
                    await stop.wait()

    async def watch(self, stop: asyncio.Event, period_s: float = 1.0) -> None:
        """Look every ``period_s`` until ``stop`` is set. Raises OutgrownError when the schema has gone on without us.

        A schema that the program waits for, or a database that does not answer, is no reason to end.
        """
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(period_s):
                    await stop.wait()
            try:
                state = await self.look()
            except Exception as error:
                if classify_failure(error) is not FailureKind.TRANSIENT:
                    raise
            else:
                if state.is_outgrown:
                    raise OutgrownError(state.advice)

    async def measure(self) -> Measurement:
        """Whether the schema fits now."""
        state = await self.look()
        return Measurement(Status.OK) if state.fits else Measurement(Status.FAILED, advice=state.advice)
