"""The tables of compliance: the one place that says the columns of each record and their order.

What a row may not be is said by the migrations' constraints; what tables say of each other is in ``checks.py``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, DateTime, SmallInteger, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.access.areas import AREA_CODE_COLUMN
from shared.contracts.values import SizeClass

_BYTEWISE: Any = Text(collation="C")  # months YYYY-MM and numbers that are compared byte by byte
_BIGINT: Any = BigInteger
_SMALL: Any = SmallInteger
_TEXTS: Any = ARRAY(Text)
_MOMENT: Any = DateTime(timezone=True)
_REGION: Any = AREA_CODE_COLUMN
_WORD: Any = Text


class ComplianceTable(SQLModel, registry=registry()):
    """The base of all tables here. A registry of their own: another service may have a table of the same name."""


class Employer(ComplianceTable, table=True):
    """An employer (NPP) with the classes that decide what it owes."""

    employer_id: UUID = Field(primary_key=True)
    version: int = Field(sa_type=_BIGINT)
    npp: str = Field(sa_type=_BYTEWISE, unique=True)
    name: str
    region_code: str = Field(sa_type=_REGION)
    size_class: SizeClass = Field(sa_type=_WORD)
    risk_class: int = Field(sa_type=_SMALL)
    business_line: str | None
    programmes: list[str] = Field(sa_type=_TEXTS)
    worker_count: int
    bpjs_registered: bool
    registered_on: date
    known_at: datetime = Field(sa_type=_MOMENT)
    changed_at: datetime = Field(sa_type=_MOMENT)


class EmployerContact(ComplianceTable, table=True):
    """Contact data, each field sealed under a key of this contact's own; the token tells whether they changed."""

    __tablename__ = "employer_contact"

    employer_id: UUID = Field(primary_key=True, foreign_key="employer.employer_id")
    kek_id: str
    wrapped_key: bytes | None = Field(repr=False)
    sealed_name: bytes | None = Field(repr=False)
    sealed_phone: bytes | None = Field(repr=False)
    sealed_email: bytes | None = Field(repr=False)
    token: bytes | None = Field(repr=False)
    changed_at: datetime = Field(sa_type=_MOMENT)


class UploadedFile(ComplianceTable, table=True):
    """A file that was taken; ``area_codes`` are the areas of its uploader, sorted."""

    __tablename__ = "uploaded_file"

    file_id: UUID = Field(primary_key=True)
    kind: str
    content_sha256: str
    area_codes: list[str] = Field(sa_type=_TEXTS)
    uploaded_by: str
    uploaded_at: datetime = Field(sa_type=_MOMENT)
    rows: int
    accepted_rows: int
    refused_rows: int


class FileRow(ComplianceTable, table=True):
    """What became of a row of a file; its content is not kept."""

    __tablename__ = "file_row"

    file_id: UUID = Field(primary_key=True)
    row_number: int = Field(primary_key=True)
    outcome: str
    reason: str | None


class WageReport(ComplianceTable, table=True):
    """What an employer paid its workers in a month; the last revision is the current one."""

    __tablename__ = "wage_report"

    report_id: UUID = Field(primary_key=True)
    employer_id: UUID = Field(foreign_key="employer.employer_id")
    month: str = Field(sa_type=_BYTEWISE)
    revision: int
    is_current: bool
    file_id: UUID = Field(foreign_key="uploaded_file.file_id")
    worker_count: int
    wages_rupiah: int = Field(sa_type=_BIGINT)
    refused_rows: int
    content_digest: bytes
    reported_on: date


class WageLine(ComplianceTable, table=True):
    """A worker's wage in a report. The worker is a blind-index token of the NIK, nothing else."""

    __tablename__ = "wage_line"

    report_id: UUID = Field(primary_key=True)
    worker_token: bytes = Field(primary_key=True)
    wage_rupiah: int = Field(sa_type=_BIGINT)


class AssessmentLine(ComplianceTable, table=True):
    """What a worker's wage costs, per programme and payer."""

    __tablename__ = "assessment_line"

    report_id: UUID = Field(primary_key=True)
    worker_token: bytes = Field(primary_key=True)
    jkk_rupiah: int = Field(sa_type=_BIGINT)
    jkm_rupiah: int = Field(sa_type=_BIGINT)
    jht_employer_rupiah: int = Field(sa_type=_BIGINT)
    jht_worker_rupiah: int = Field(sa_type=_BIGINT)
    jp_employer_rupiah: int = Field(sa_type=_BIGINT)
    jp_worker_rupiah: int = Field(sa_type=_BIGINT)


class Contribution(ComplianceTable, table=True):
    """What an employer owes for a month: due = paid + outstanding, held by the database."""

    contribution_id: UUID = Field(primary_key=True)
    version: int = Field(sa_type=_BIGINT)
    employer_id: UUID = Field(foreign_key="employer.employer_id")
    month: str = Field(sa_type=_BYTEWISE)
    report_id: UUID = Field(foreign_key="wage_report.report_id")
    risk_class: int = Field(sa_type=_SMALL)
    programmes: list[str] = Field(sa_type=_TEXTS)
    tariff: str
    worker_count: int
    wages_rupiah: int = Field(sa_type=_BIGINT)
    due_on: date
    due_rupiah: int = Field(sa_type=_BIGINT)
    paid_rupiah: int = Field(sa_type=_BIGINT)
    outstanding_rupiah: int = Field(sa_type=_BIGINT)
    fine_due_rupiah: int = Field(sa_type=_BIGINT)
    fine_paid_rupiah: int = Field(sa_type=_BIGINT)
    fine_outstanding_rupiah: int = Field(sa_type=_BIGINT)
    months_late: int
    fine_as_of: date | None
    settled_on: date | None
    assessed_at: datetime = Field(sa_type=_MOMENT)


class ContributionProgramme(ComplianceTable, table=True):
    """What of a contribution belongs to a programme, and who bears it."""

    __tablename__ = "contribution_programme"

    contribution_id: UUID = Field(primary_key=True, foreign_key="contribution.contribution_id")
    programme: str = Field(primary_key=True)
    employer_rupiah: int = Field(sa_type=_BIGINT)
    worker_rupiah: int = Field(sa_type=_BIGINT)


class Payment(ComplianceTable, table=True):
    """A payment and what of it has found no debt yet."""

    payment_id: UUID = Field(primary_key=True)
    employer_id: UUID = Field(foreign_key="employer.employer_id")
    month: str = Field(sa_type=_BYTEWISE)
    payment_number: str = Field(sa_type=_BYTEWISE)
    contribution_rupiah: int = Field(sa_type=_BIGINT)
    fine_rupiah: int = Field(sa_type=_BIGINT)
    contribution_left_rupiah: int = Field(sa_type=_BIGINT)
    fine_left_rupiah: int = Field(sa_type=_BIGINT)
    paid_on: date
    confirmed_on: date
    file_id: UUID = Field(foreign_key="uploaded_file.file_id")


class Allocation(ComplianceTable, table=True):
    """The ledger: money of a payment that went to a contribution. What is taken back is a row with less than 0."""

    allocation_id: UUID = Field(primary_key=True)
    payment_id: UUID = Field(foreign_key="payment.payment_id")
    contribution_id: UUID = Field(foreign_key="contribution.contribution_id")
    contribution_rupiah: int = Field(sa_type=_BIGINT)
    fine_rupiah: int = Field(sa_type=_BIGINT)
    allocated_at: datetime = Field(sa_type=_MOMENT)


class LateNotice(ComplianceTable, table=True):
    """A delay that was announced, as it stood on the day ``as_of``."""

    __tablename__ = "late_notice"

    contribution_id: UUID = Field(primary_key=True, foreign_key="contribution.contribution_id")
    months_late: int = Field(primary_key=True)
    as_of: date
    outstanding_rupiah: int = Field(sa_type=_BIGINT)
    fine_rupiah: int = Field(sa_type=_BIGINT)
    ageing_class: str
    noticed_at: datetime = Field(sa_type=_MOMENT)
