"""One message, one transaction: the way the pages of FastStream and SQLModel show it.

Sources: faststream.ag2.ai/latest/kafka/Publisher/ (``broker.publish``), .../kafka/Subscriber/ (a handler with one typed
message), .../kafka/Publisher/using_a_key/; sqlmodel.tiangolo.com/tutorial/select/ and /tutorial/update/ (a session,
select one row, change it, ``add``, ``commit``), with SQLModel's own ``AsyncSession`` since handlers are async.

In its favour: acks=all is all that we demand of it, it has an index that fits its query, log lines are off, and it
keeps no inbox, though this loses and doubles events when a process dies.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import UUID, uuid4

from pydantic import BaseModel
from sqlalchemy import DateTime, Index, MetaData
from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from benchmarks.assignment import Assignment
from benchmarks.plain_kit import PlainWork, cloud_headers, create_all
from benchmarks.world import WRITER

IDLE_S = 0.01


class _PlainTable(SQLModel):
    """Tables apart from those that any other program of this process declares."""

    metadata = MetaData()


class PlainOutbox(_PlainTable, table=True):
    """An event that waits."""

    __tablename__ = "plain_outbox"
    __table_args__ = (Index("plain_outbox_unpublished", "published", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    event_id: UUID = Field(default_factory=uuid4)
    key: str
    body: str
    occurred_at: datetime = Field(sa_type=DateTime(timezone=True))
    published: bool = False


class PlainApplied(_PlainTable, table=True):
    """The effect of an event."""

    __tablename__ = "plain_applied"

    id: int | None = Field(default=None, primary_key=True)
    event_id: UUID
    counter_id: UUID
    version: int


class Moved(BaseModel):
    """The message as a reader sees it."""

    aggregate_version: int
    counter_id: UUID
    amount: int
    colour: str
    note: str


class Seen(BaseModel):
    """The message that the reader publishes."""

    aggregate_version: int
    counter_id: UUID


async def create_plain_tables(url: str) -> None:
    """Both tables."""
    await create_all(url, _PlainTable.metadata)


class _Plain(PlainWork):
    def __init__(self, assignment: Assignment) -> None:
        super().__init__(assignment)
        self._world = assignment.world


class RelayWork(_Plain):
    """Select one unpublished row, publish it, mark it, commit; again."""

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until ``stop`` is set."""
        await self._broker.start()
        self.is_ready = True
        while not stop.is_set():
            if await self._publish_next():
                self.done += 1
            else:
                await asyncio.sleep(IDLE_S)
        await self._close()

    async def _publish_next(self) -> bool:
        async with AsyncSession(self._engine) as session:
            waiting = select(PlainOutbox).where(PlainOutbox.published == False)  # noqa: E712 - SQL
            row = (await session.exec(waiting.order_by(PlainOutbox.id).limit(1))).first()  # type: ignore[arg-type]
            if row is None:
                return False
            topic = self._world.moved.TOPIC
            headers = cloud_headers(WRITER, topic, row.event_id, row.occurred_at, row.key)
            await self._broker.publish(
                Moved.model_validate_json(row.body), topic, key=row.key.encode(), headers=headers
            )
            row.published = True
            session.add(row)
            await session.commit()
            return True


class ConsumeWork(_Plain):
    """A handler for each message: a session, a row, a commit, a message out."""

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until ``stop`` is set."""

        @self._broker.subscriber(self._world.moved.TOPIC, group_id=self._group, auto_offset_reset="earliest")
        async def on_moved(message: Moved) -> None:
            await self._apply(message)

        await self._broker.start()
        self.is_ready = True
        await stop.wait()
        await self._close()

    async def _apply(self, message: Moved) -> None:
        async with AsyncSession(self._engine) as session:
            session.add(
                PlainApplied(event_id=uuid4(), counter_id=message.counter_id, version=message.aggregate_version)
            )
            await session.commit()
        await self._broker.publish(
            Seen(aggregate_version=message.aggregate_version, counter_id=message.counter_id),
            self._world.seen.TOPIC,
            key=str(message.counter_id).encode(),
        )
        self.done += 1
