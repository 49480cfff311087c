"""Files from BPJS, payments that they confirm, and cases."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.subsidy.tables.base import MOMENT, MONTH, REGION, UUIDS, ByProgramme, SubsidyTable


class ExchangeFile(SubsidyTable, table=True):
    """A file that came, with its effect."""

    __tablename__ = "exchange_file"
    __table_args__ = (Index("exchange_file_paying", "received_at", postgresql_where=text("state = 'paying'")),)

    name: str = Field(primary_key=True, sa_type=Text)
    sha256: str = Field(primary_key=True, sa_type=Text)
    file_id: UUID = Field(unique=True)
    kind: str = Field(max_length=20)
    reference_id: UUID | None = Field(default=None)
    state: str = Field(max_length=20)
    reason: str | None = Field(default=None, sa_type=Text)
    rows: int
    total_rupiah: int = Field(sa_type=BigInteger)
    received_at: datetime = Field(sa_type=MOMENT)


class ConfirmedPart(SubsidyTable, table=True):
    """Workers of whom a confirmation says the same, waiting to be paid; at most one part of the file that was read."""

    __tablename__ = "confirmed_part"

    file_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    kode_iuran: str = Field(sa_type=Text)
    month: str = Field(sa_type=MONTH)
    jkk_rupiah: int = Field(sa_type=BigInteger)
    jkm_rupiah: int = Field(sa_type=BigInteger)
    paid_on: date
    confirmed_on: date
    worker_count: int
    worker_ids: list[UUID] = Field(sa_type=UUIDS)


class ConfirmationMatch(SubsidyTable, table=True):
    """How far a confirmation is read, and what the comparison of its rows with the bill's roster has found so far."""

    __tablename__ = "confirmation_match"

    file_id: UUID = Field(primary_key=True)
    offset_bytes: int = Field(sa_type=BigInteger)
    rows: int
    agreeing: int
    unknown_worker: int
    other_amount: int
    other_month: int
    other_kode_iuran: int
    jkk_rupiah: int = Field(sa_type=BigInteger)
    jkm_rupiah: int = Field(sa_type=BigInteger)
    sum_rupiah: int = Field(sa_type=BigInteger)


class PaymentLine(ByProgramme, table=True):
    """A contribution that BPJS has confirmed: the sub-ledger of the journals that pay."""

    __tablename__ = "payment_line"

    contribution_id: UUID = Field(primary_key=True)
    disbursement_id: UUID
    worker_id: UUID
    month: str = Field(sa_type=MONTH)
    file_id: UUID
    journal_id: UUID
    paid_on: date
    confirmed_on: date


class Case(SubsidyTable, table=True):
    """What a person has to look at."""

    __tablename__ = "subsidy_case"
    __table_args__ = (UniqueConstraint("kind", "subject"), Index("subsidy_case_in_order", "opened_at", "case_id"))

    case_id: UUID = Field(primary_key=True)
    kind: str = Field(max_length=60)
    subject: str = Field(sa_type=Text)
    region_code: str = Field(sa_type=REGION)
    details: dict[str, int | str] = Field(sa_type=JSONB)
    opened_at: datetime = Field(sa_type=MOMENT)
    closed_at: datetime | None = Field(default=None, sa_type=MOMENT)
