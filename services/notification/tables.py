"""The tables of notification. The contact is ciphertext; everything else is pseudonymous."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, Integer, SmallInteger, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class Message(SQLModel, table=True):
    """One message: one recipient, one purpose, one month (``period``, YYYY-MM). Partitioned by year."""

    __tablename__ = "message"

    recipient_id: UUID = Field(primary_key=True)
    purpose: str = Field(primary_key=True)
    period: str = Field(sa_column=Column(Text(collation="C"), primary_key=True))
    message_id: UUID
    recipient_kind: str
    region_code: str = Field(sa_column=Column(Text(collation="C"), nullable=False))
    facts: str = Field(sa_column=Column(JSONB, nullable=False))
    cause_event_id: UUID
    state: str
    reason: str | None = None
    channel: str | None = None
    version: int = Field(sa_column=Column(Integer, nullable=False))
    attempts: int = Field(sa_column=Column(SmallInteger, nullable=False))
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    not_before: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class SealedContactRow(SQLModel, table=True):
    """How to reach a recipient, as it came. After an erasure only the fact and its moment remain."""

    __tablename__ = "contact"

    recipient_id: UUID = Field(primary_key=True)
    recipient_kind: str
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    occurred_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    key_reference: str | None = None
    algorithm: str | None = None
    ciphertext: str | None = None
    content_version: int | None = None
    erased_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))


class DeliveryBatch(SQLModel, table=True):
    """Messages handed over together. Open from the moment before the hand-over until it is marked; one at a time.

    ``message_ids`` and ``periods`` (alike in order) are there as long as it is open.
    """

    __tablename__ = "delivery_batch"

    batch_id: UUID = Field(primary_key=True)
    channel: str
    messages: int
    message_ids: list[UUID] | None = Field(sa_column=Column(ARRAY(Uuid)))
    periods: list[str] | None = Field(sa_column=Column(ARRAY(Text)))
    handed_over: int | None = None
    opened_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    closed_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))


class Attempt(SQLModel, table=True):
    """One try to hand one message over, and how it ended. Rows are only added."""

    __tablename__ = "attempt"

    message_id: UUID = Field(primary_key=True)
    attempt: int = Field(sa_column=Column(SmallInteger, primary_key=True))
    batch_id: UUID
    outcome: str
    reason: str | None = None
    language: str | None = None
    template: str | None = None
    template_version: int | None = None
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class Arrival(SQLModel, table=True):
    """How many messages one batch of events has made, so that a lost row is noticed. Rows are only added."""

    __tablename__ = "arrival"

    arrival_id: UUID = Field(primary_key=True)
    purpose: str
    messages: int
    arrived_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
