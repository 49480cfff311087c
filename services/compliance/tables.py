"""The tables of compliance that its lists are read from with SQLAlchemy. The others are only touched set by set."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Date, DateTime, ForeignKey, Integer, SmallInteger, Text
from sqlmodel import Field, SQLModel

from shared.access.areas import AREA_CODE_COLUMN


class Employer(SQLModel, table=True):
    """An employer (NPP) with the classes that decide what it owes."""

    __tablename__ = "employer"

    employer_id: UUID = Field(primary_key=True)
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    npp: str = Field(sa_column=Column(Text(collation="C"), nullable=False, unique=True))
    name: str = Field(sa_column=Column(Text, nullable=False))
    region_code: str = Field(sa_column=Column(AREA_CODE_COLUMN, nullable=False))
    size_class: str = Field(sa_column=Column(Text, nullable=False))
    risk_class: int = Field(sa_column=Column(SmallInteger, nullable=False))
    business_line: str | None = Field(sa_column=Column(Text))
    programmes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    worker_count: int = Field(sa_column=Column(Integer, nullable=False))
    bpjs_registered: bool = Field(sa_column=Column(Boolean, nullable=False))
    registered_on: date = Field(sa_column=Column(Date, nullable=False))
    known_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    changed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class Contribution(SQLModel, table=True):
    """What an employer owes for a month: due = paid + outstanding, held by the database."""

    __tablename__ = "contribution"

    contribution_id: UUID = Field(primary_key=True)
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    employer_id: UUID = Field(sa_column=Column(ForeignKey("employer.employer_id"), nullable=False))
    month: str = Field(sa_column=Column(Text(collation="C"), nullable=False))
    report_id: UUID
    risk_class: int = Field(sa_column=Column(SmallInteger, nullable=False))
    programmes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    tariff: str = Field(sa_column=Column(Text, nullable=False))
    worker_count: int = Field(sa_column=Column(Integer, nullable=False))
    wages_rupiah: int = Field(sa_column=Column(BigInteger, nullable=False))
    due_on: date = Field(sa_column=Column(Date, nullable=False))
    due_rupiah: int = Field(sa_column=Column(BigInteger, nullable=False))
    paid_rupiah: int = Field(sa_column=Column(BigInteger, nullable=False))
    outstanding_rupiah: int = Field(sa_column=Column(BigInteger, nullable=False))
    fine_due_rupiah: int = Field(sa_column=Column(BigInteger, nullable=False))
    fine_paid_rupiah: int = Field(sa_column=Column(BigInteger, nullable=False))
    fine_outstanding_rupiah: int = Field(sa_column=Column(BigInteger, nullable=False))
    months_late: int = Field(sa_column=Column(Integer, nullable=False))
    fine_as_of: date | None = Field(sa_column=Column(Date))
    settled_on: date | None = Field(sa_column=Column(Date))
    assessed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class Payment(SQLModel, table=True):
    """A payment and what of it has found no debt yet."""

    __tablename__ = "payment"

    payment_id: UUID = Field(primary_key=True)
    employer_id: UUID = Field(sa_column=Column(ForeignKey("employer.employer_id"), nullable=False))
    month: str = Field(sa_column=Column(Text(collation="C"), nullable=False))
    payment_number: str = Field(sa_column=Column(Text(collation="C"), nullable=False))
    contribution_rupiah: int = Field(sa_column=Column(BigInteger, nullable=False))
    fine_rupiah: int = Field(sa_column=Column(BigInteger, nullable=False))
    contribution_left_rupiah: int = Field(sa_column=Column(BigInteger, nullable=False))
    fine_left_rupiah: int = Field(sa_column=Column(BigInteger, nullable=False))
    paid_on: date = Field(sa_column=Column(Date, nullable=False))
    confirmed_on: date = Field(sa_column=Column(Date, nullable=False))
    file_id: UUID
