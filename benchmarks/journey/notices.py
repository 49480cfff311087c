"""Sees notices when notification has committed them: a trigger in the measured database announces who has one.

PostgreSQL delivers an announcement when its transaction has committed, so whoever is named by one has a durable notice.
The moment is taken when the announcement arrives here, by the clock after which people are registered: a little late,
never early. The trigger's cost is part of what is measured.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

import asyncpg

_CHANNEL: Final = "bench_notice"
# An announcement holds less than 8,000 bytes.
_TRIGGER: Final = """
CREATE FUNCTION bench_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('bench_notice', string_agg(id, ',')) FROM (
        SELECT recipient_id::text AS id, row_number() OVER () / 200 AS part FROM made
    ) parts GROUP BY part;
    RETURN NULL;
END $$;
CREATE TRIGGER bench_notice AFTER INSERT ON message REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION bench_notice()
"""


class Notices:
    """When each person's notice was announced, by `time.monotonic`. Made by `watching_notices`."""

    def __init__(self) -> None:
        self.seen: dict[UUID, float] = {}

    def announce(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        """These people have a notice."""
        at_s = time.monotonic()
        for text in str(payload).split(","):
            self.seen.setdefault(UUID(text), at_s)


@contextlib.asynccontextmanager
async def watching_notices(url: str) -> AsyncIterator[Notices]:
    """Watch the notices that come into the database at ``url``."""
    connection = await asyncpg.connect(url)
    notices = Notices()
    try:
        await connection.execute(_TRIGGER)
        await connection.add_listener(_CHANNEL, notices.announce)
        yield notices
    finally:
        await connection.close()
