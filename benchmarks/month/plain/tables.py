"""Tables and messages of the plain month."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from pydantic import BaseModel
from sqlalchemy import DateTime, MetaData
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from benchmarks.plain_kit import create_all
from shared.database.database import sqlalchemy_url


class _Plain(SQLModel):
    """Tables apart from those that any other program of this process declares."""

    metadata = MetaData()


class Grant(_Plain, table=True):
    """Whom to pay for."""

    __tablename__ = "plain_grant"

    worker_id: UUID = Field(primary_key=True)
    grant_id: UUID
    group_id: UUID
    region_code: str
    occupation_code: str


class Budget(_Plain, table=True):
    """The money."""

    __tablename__ = "plain_budget"

    id: int = Field(primary_key=True)
    available_rupiah: int = Field(ge=0)
    reserved_rupiah: int = 0
    paid_rupiah: int = 0


class Contribution(_Plain, table=True):
    """An assessed month."""

    __tablename__ = "plain_contribution"

    contribution_id: UUID = Field(default_factory=uuid4, primary_key=True)
    worker_id: UUID = Field(index=True)
    grant_id: UUID
    group_id: UUID
    month: str
    region_code: str
    occupation_code: str
    jkk_rupiah: int
    jkm_rupiah: int
    due_on: date


class Claim(_Plain, table=True):
    """Who pays which programme of a month."""

    __tablename__ = "plain_claim"

    worker_id: UUID = Field(primary_key=True)
    month: str = Field(primary_key=True)
    programme: str = Field(primary_key=True)
    contribution_id: UUID


class BillLine(_Plain, table=True):
    """A contribution on the bill."""

    __tablename__ = "plain_bill_line"

    contribution_id: UUID = Field(primary_key=True)
    worker_id: UUID


class Payment(_Plain, table=True):
    """A confirmed month."""

    __tablename__ = "plain_payment"

    contribution_id: UUID = Field(primary_key=True)
    worker_id: UUID
    month: str
    jkk_rupiah: int
    jkm_rupiah: int
    paid_on: date
    confirmed_on: date


class CoverLine(_Plain, table=True):
    """A month of cover."""

    __tablename__ = "plain_cover_line"

    contribution_id: UUID = Field(primary_key=True)
    worker_id: UUID
    month: str
    due_rupiah: int = 0
    due_on: date | None = None
    paid_rupiah: int = 0
    is_settled: bool = False


class Message(_Plain, table=True):
    """Something to tell."""

    __tablename__ = "plain_message"

    recipient_id: UUID = Field(primary_key=True)
    purpose: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    message_id: UUID = Field(default_factory=uuid4)
    region_code: str
    facts: str
    state: str = "queued"
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class Due(BaseModel):
    """The message that a month is owed."""

    aggregate_version: int = 1
    contribution_id: UUID
    payer_kind: str = "subsidy"
    subject_id: UUID
    region_code: str
    occupation_code: str
    month: str
    amounts_rupiah: dict[str, int]
    amount_rupiah: int
    due_on: date
    worker_count: int = 1
    funding_line_id: UUID
    group_id: UUID
    income_band: int = 1
    tariff: str = "bpu-2015-07"


class Paid(BaseModel):
    """The message that a month is paid."""

    aggregate_version: int = 2
    contribution_id: UUID
    payer_kind: str = "subsidy"
    subject_id: UUID
    region_code: str
    occupation_code: str
    month: str
    payment_id: UUID
    amounts_rupiah: dict[str, int]
    amount_rupiah: int
    fine_rupiah: int = 0
    outstanding_rupiah: int = 0
    paid_on: date
    confirmed_on: date
    worker_count: int = 1
    funding_line_id: UUID
    disbursement_id: UUID


async def make_tables(url: str) -> None:
    """All tables."""
    await create_all(url, _Plain.metadata)


async def fill(url: str, workers: int) -> None:
    """So many granted workers, and money for them."""
    engine = create_async_engine(sqlalchemy_url(url))
    async with AsyncSession(engine) as session:
        session.add(Budget(id=1, available_rupiah=workers * 100_000))
        group_id = uuid4()
        session.add_all(
            Grant(worker_id=uuid4(), grant_id=uuid4(), group_id=group_id, region_code="6472", occupation_code="K09")
            for _ in range(workers)
        )
        await session.commit()
    await engine.dispose()
