"""The kit's tables in one list, for the first migration of every service.

What has run in some database never changes: later changes of the kit's tables come as new functions, which services
call in a new migration of their own.
"""

from __future__ import annotations

from collections.abc import Iterable

from alembic import op

from shared import audit
from shared.http import idempotency_table
from shared.messaging import tables
from shared.service import jobs


def create_statements() -> list[str]:
    """Outbox, inbox, parked events, answered commands, due jobs, audit record: one statement each, in order."""
    return [
        *tables.create_statements(),
        *idempotency_table.create_statements(),
        *jobs.create_statements(),
        *audit.create_statements(),
    ]


def drop_statements() -> list[str]:
    """The statements that undo `create_statements`."""
    return [
        *audit.drop_statements(),
        *jobs.drop_statements(),
        *idempotency_table.drop_statements(),
        *tables.drop_statements(),
    ]


def run_statements(statements: Iterable[str]) -> None:
    """Run ``statements`` as they are, inside a migration: colons and percent signs mean nothing here."""
    connection = op.get_bind()
    for statement in statements:
        connection.exec_driver_sql(statement)
