"""What all plain code shares: its tables are made, its processes opened and closed, its headers written in one way."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from faststream.kafka import KafkaBroker
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.assignment import Assignment
from shared.database.database import sqlalchemy_url
from shared.messaging.envelope import schema_uri, source_of


async def create_all(url: str, metadata: MetaData) -> None:
    """The tables of ``metadata``, made the way SQLModel's page shows."""
    engine = create_async_engine(sqlalchemy_url(url))
    async with engine.connect() as connection, connection.begin():
        await connection.run_sync(metadata.create_all)
    await engine.dispose()


def cloud_headers(writer: str, topic: str, event_id: UUID, occurred_at: datetime, key: str) -> dict[str, str]:
    """The attributes of a message that plain code publishes."""
    return {
        "ce_specversion": "1.0",
        "ce_type": topic,
        "ce_source": source_of(writer),
        "ce_dataschema": schema_uri(topic, 1),
        "ce_id": str(event_id),
        "ce_time": occurred_at.isoformat(),
        "ce_subject": key,
    }


class PlainWork:
    """A broker, an engine, a count."""

    def __init__(self, assignment: Assignment) -> None:
        self._group = assignment.group
        self._broker = KafkaBroker(assignment.bootstrap, acks="all", compression_type="lz4", logger=None)
        self._engine = create_async_engine(sqlalchemy_url(assignment.url))
        self.done = 0
        self.is_ready = False

    async def _close(self) -> None:
        await self._broker.stop()
        await self._engine.dispose()
