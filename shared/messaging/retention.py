"""Keeps the kit's tables small: old inbox entries and settled parked events go, in small steps.

The outbox needs no purge: the relay deletes what Kafka has confirmed. An inbox entry may go only when Kafka can no
longer deliver the event again, so its age limit must exceed every topic's retention (`check_inbox_age`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from shared.contracts.spec import TopicSpec
from shared.database.database import Database

_PURGE_INBOX = """
DELETE FROM inbox WHERE event_id IN (
    SELECT event_id FROM inbox WHERE received_at < now() - $1::interval LIMIT $2
)
"""
_PURGE_PARKED = """
DELETE FROM parked_event WHERE position IN (
    SELECT position FROM parked_event WHERE status <> 'parked' AND resolved_at < now() - $1::interval LIMIT $2
)
"""


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """How long rows stay. Parked events that nobody has settled stay for ever."""

    inbox_age: timedelta = timedelta(days=45)
    settled_parked_age: timedelta = timedelta(days=400)
    rows_per_step: int = 5000


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows went."""

    inbox: int
    parked: int


def check_inbox_age(settings: RetentionSettings, topics: Iterable[TopicSpec]) -> None:
    """Raise ValueError if Kafka keeps an event longer than the inbox remembers it, for topics with an age limit.

    Topics without one (compacted) may be delivered again at any age; their handlers compare aggregate versions.
    """
    for spec in topics:
        if spec.retention_days is not None and timedelta(days=spec.retention_days) >= settings.inbox_age:
            raise ValueError(
                f"{spec.name} is kept {spec.retention_days} days, but the inbox forgets after "
                f"{settings.inbox_age.days}; raise the inbox age above it, or a replay would apply events twice."
            )


async def purge(database: Database, settings: RetentionSettings) -> Purged:
    """Delete what is too old, step by step, each step its own transaction. Safe to run anywhere, any number at once."""
    return Purged(
        inbox=await _purge(database, _PURGE_INBOX, settings.inbox_age, settings.rows_per_step),
        parked=await _purge(database, _PURGE_PARKED, settings.settled_parked_age, settings.rows_per_step),
    )


async def _purge(database: Database, statement: str, age: timedelta, rows_per_step: int) -> int:
    total = 0
    while True:
        async with database.transaction() as tx:
            deleted = int((await tx.run(statement, age, rows_per_step)).split()[-1])
        total += deleted
        if deleted < rows_per_step:
            return total
