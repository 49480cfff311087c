"""Decrees, the lists that they freeze, and the grants that follow."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field

from services.subsidy.tables.base import MONTH, REGION, TEXTS, ApprovedBy, SubsidyTable


class Decree(ApprovedBy, table=True):
    """A decree (SK) with the hash of its content."""

    __tablename__ = "decree"
    __table_args__ = (UniqueConstraint("region_code", "budget_year", "number"),)

    decree_id: UUID = Field(primary_key=True)
    funding_line_id: UUID = Field(foreign_key="funding_line.funding_line_id")
    region_code: str = Field(sa_type=REGION)
    budget_year: int
    number: str = Field(sa_type=Text)
    group_id: UUID
    first_month: str = Field(sa_type=MONTH)
    last_month: str = Field(sa_type=MONTH)
    region_codes: list[str] = Field(sa_type=TEXTS)
    max_workers: int | None = Field(default=None)
    income_band: int
    workers: int
    eligible: int
    content_sha256: str = Field(sa_type=Text)
    state: str = Field(max_length=10)
    granted_on: date | None = Field(default=None)
    grant_cursor: UUID | None = Field(default=None)
    granted: int


class DecreeWorker(SubsidyTable, table=True):
    """A worker whom a decree names, as of its freezing."""

    __tablename__ = "decree_worker"
    __table_args__ = (Index("decree_worker_by_worker", "worker_id"),)

    decree_id: UUID = Field(primary_key=True)
    worker_id: UUID = Field(primary_key=True)
    region_code: str = Field(sa_type=REGION)
    occupation_code: str = Field(max_length=8)


class SubsidyGrant(SubsidyTable, table=True):
    """A promise to pay a worker's months."""

    __tablename__ = "subsidy_grant"
    __table_args__ = (
        UniqueConstraint("worker_id", "decree_id"),
        Index("subsidy_grant_by_line", "funding_line_id", "worker_id"),
    )

    grant_id: UUID = Field(primary_key=True)
    decree_id: UUID
    funding_line_id: UUID
    worker_id: UUID
    first_month: str = Field(sa_type=MONTH)
    last_month: str = Field(sa_type=MONTH)
