"""Bills, those that are being collected, and disbursements."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field

from services.subsidy.tables.base import MOMENT, MONTH, REGION, ApprovedBy, ByProgramme, MadeBy, SubsidyTable


class Bill(ByProgramme, MadeBy, table=True):
    """What BPJS is asked to bill for a group and month."""

    __tablename__ = "bill"
    __table_args__ = (Index("bill_by_run", "month_run_id"), Index("bill_by_state", "state"))

    bill_id: UUID = Field(primary_key=True)
    month_run_id: UUID = Field(foreign_key="month_run.month_run_id")
    funding_line_id: UUID = Field(foreign_key="funding_line.funding_line_id")
    region_code: str = Field(sa_type=REGION)
    group_id: UUID
    month: str = Field(sa_type=MONTH)
    worker_count: int
    state: str = Field(max_length=20)
    kode_iuran: str | None = Field(default=None, sa_type=Text)
    bpjs_due_on: date | None = Field(default=None)
    requested_at: datetime | None = Field(default=None, sa_type=MOMENT)


class NextBill(SubsidyTable, table=True):
    """The bill that takes what a run assesses for a group, until it is cut."""

    __tablename__ = "next_bill"

    month_run_id: UUID = Field(primary_key=True, foreign_key="month_run.month_run_id")
    group_id: UUID = Field(primary_key=True)
    bill_id: UUID = Field(unique=True)


class Disbursement(ByProgramme, ApprovedBy, table=True):
    """A bill on its way to being paid."""

    __tablename__ = "disbursement"

    disbursement_id: UUID = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
    bill_id: UUID = Field(foreign_key="bill.bill_id", unique=True)
    funding_line_id: UUID = Field(foreign_key="funding_line.funding_line_id")
    region_code: str = Field(sa_type=REGION)
    worker_count: int
    state: str = Field(max_length=20)
    spp_number: str = Field(sa_type=Text)
    submitted_on: date
    spm_number: str | None = Field(default=None, sa_type=Text)
    approved_on: date | None = Field(default=None)
    sp2d_number: str | None = Field(default=None, sa_type=Text)
    instructed_on: date | None = Field(default=None)
    instructed_by: str | None = Field(default=None, sa_type=Text)
    payment_id: UUID | None = Field(default=None)
    sent_at: datetime | None = Field(default=None, sa_type=MOMENT)
    settled_on: date | None = Field(default=None)
    paid_count: int
    paid_jkk_rupiah: int = Field(sa_type=BigInteger)
    paid_jkm_rupiah: int = Field(sa_type=BigInteger)


class DocumentNumber(SubsidyTable, table=True):
    """The number of an SPP, SPM or SP2D, once per issuer and year."""

    __tablename__ = "document_number"

    kind: str = Field(primary_key=True, max_length=10)
    region_code: str = Field(primary_key=True, sa_type=REGION)
    budget_year: int = Field(primary_key=True)
    number: str = Field(primary_key=True, sa_type=Text)
    disbursement_id: UUID
