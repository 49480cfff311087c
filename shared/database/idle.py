"""Asks a pooled connection whether it still lives, but only after it has rested.

SQLAlchemy's ``pool_pre_ping`` asks before every transaction, which with asyncpg is three trips to the server (BEGIN,
an empty statement, ROLLBACK): a third of all trips of a small command. What worked a moment ago is believed; if it
broke in that moment, the statement fails as it would have a moment later, and callers repeat as they do then.
"""

from __future__ import annotations

import time
from typing import Any, Final

from sqlalchemy import event, exc
from sqlalchemy.ext.asyncio import AsyncEngine

PING_AFTER_S: Final = 1.0
_RESTS_SINCE: Final = "payung_rests_since"


def ping_after_idle(engine: AsyncEngine) -> None:
    """Have ``engine``'s connections pinged when they are taken after a rest; dead ones are replaced."""
    pool, dialect = engine.sync_engine.pool, engine.sync_engine.dialect

    def checked_in(_connection: Any, record: Any) -> None:
        record.info[_RESTS_SINCE] = time.monotonic()

    def checked_out(connection: Any, record: Any, _proxy: Any) -> None:
        since_s = record.info.get(_RESTS_SINCE)
        if since_s is None or time.monotonic() - since_s < PING_AFTER_S:
            return
        try:
            dialect.do_ping(connection)
        except Exception as error:
            if dialect.loaded_dbapi is not None and isinstance(error, dialect.loaded_dbapi.Error):
                raise exc.InvalidatePoolError from error
            raise

    event.listen(pool, "checkin", checked_in)
    event.listen(pool, "checkout", checked_out)
