"""Month runs and what they decide on each worker."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from services.subsidy.tables.base import MONTH, REGION, ByProgramme, MadeBy


class MonthRun(ByProgramme, MadeBy, table=True):
    """A funding line's month; pass_cursor is the last worker that the pass has looked at."""

    __tablename__ = "month_run"
    __table_args__ = (UniqueConstraint("funding_line_id", "month"),)

    month_run_id: UUID = Field(primary_key=True)
    funding_line_id: UUID = Field(foreign_key="funding_line.funding_line_id")
    region_code: str = Field(sa_type=REGION)
    month: str = Field(sa_type=MONTH)
    state: str = Field(max_length=10)
    due_on: date | None = Field(default=None)
    assessing: bool
    pass_cursor: UUID | None = Field(default=None)
    passes: int
    due_count: int


class Contribution(ByProgramme, table=True):
    """A worker's assessed month: the sub-ledger of the journals that reserve, and a line of its bill, cut or next.

    The primary key is the claim on the month: one payer, in every programme.
    """

    __tablename__ = "contribution"
    __table_args__ = (UniqueConstraint("bill_id", "worker_id"),)

    contribution_id: UUID
    month_run_id: UUID
    funding_line_id: UUID
    grant_id: UUID
    group_id: UUID
    month: str = Field(primary_key=True, sa_type=MONTH)
    worker_id: UUID = Field(primary_key=True)
    region_code: str = Field(sa_type=REGION)
    occupation_code: str = Field(max_length=8)
    income_band: int
    tariff: str = Field(max_length=60)
    due_on: date
    journal_id: UUID
    bill_id: UUID


class Unfunded(ByProgramme, table=True):
    """A worker's month of which it was told that nobody pays; version counts what was told."""

    __tablename__ = "unfunded"

    worker_id: UUID = Field(primary_key=True)
    month: str = Field(primary_key=True, sa_type=MONTH)
    region_code: str = Field(sa_type=REGION)
    funding_line_id: UUID
    reason: str = Field(max_length=60)
    version: int = Field(sa_type=BigInteger)
    noticed_on: date


class RunUnfunded(ByProgramme, table=True):
    """A worker whom a run could not pay, and why."""

    __tablename__ = "run_unfunded"

    month_run_id: UUID = Field(primary_key=True)
    worker_id: UUID = Field(primary_key=True)
    reason: str = Field(max_length=60)
