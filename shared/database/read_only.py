"""Sessions on a database that takes no writes: a replica that is not promoted, or ``default_transaction_read_only``.

A session keeps what it began with: after a failover it goes on refusing while a new one finds the new primary. So a
session that refuses is replaced when it is taken again, at most once a second, and whoever has to write learns of it
before doing anything. What the server allows it tells by itself, so asking costs no trip (documentation, 54.2.7:
``default_transaction_read_only`` and ``in_hot_standby`` are reported whenever they change).
"""

from __future__ import annotations

import time
from typing import Any, Final

import asyncpg
from sqlalchemy import event, exc
from sqlalchemy.ext.asyncio import AsyncEngine

# Reads go on in a session that refuses writes; for each to open another one would cost more than the read.
RENEWED_AFTER_S: Final = 1.0
_REPORTED: Final = ("default_transaction_read_only", "in_hot_standby")
_OPENED_AT: Final = "payung_opened_at"


class DatabaseReadOnlyError(asyncpg.ReadOnlySQLTransactionError):
    """The database takes no writes now. It passes: nothing was done, and the next attempt has a new session."""

    safe_message = "The database is read-only: it takes no writes until a primary answers at its address."


def refuses_writes(session: asyncpg.Connection) -> bool:
    """Whether the server has said so; False behind a pooler that does not pass it on."""
    reported = session.get_settings()
    return any(getattr(reported, name, "off") == "on" for name in _REPORTED)


def check_takes_writes(session: asyncpg.Connection) -> None:
    """Raise DatabaseReadOnlyError if ``session`` is known to refuse writes. Ask after its latest answer."""
    if refuses_writes(session):
        raise DatabaseReadOnlyError(DatabaseReadOnlyError.safe_message)


def renew_refusing_sessions(engine: AsyncEngine) -> None:
    """Have ``engine``'s sessions that refuse writes replaced when they are taken from the pool."""
    pool = engine.sync_engine.pool

    def opened(_connection: Any, record: Any) -> None:
        record.info[_OPENED_AT] = time.monotonic()

    def checked_out(connection: Any, record: Any, _proxy: Any) -> None:
        age_s = time.monotonic() - record.info.get(_OPENED_AT, 0.0)
        if age_s >= RENEWED_AFTER_S and refuses_writes(connection.driver_connection):
            raise exc.DisconnectionError

    event.listen(pool, "connect", opened)
    event.listen(pool, "checkout", checked_out)
