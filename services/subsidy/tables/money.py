"""Funding lines and their double-entry ledger."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from services.subsidy.tables.base import MOMENT, MONTH, REGION, ApprovedBy, ByProgramme, SubsidyTable


class FundingLine(ApprovedBy, table=True):
    """A payer's budget of a year."""

    __tablename__ = "funding_line"

    funding_line_id: UUID = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
    reference: str = Field(sa_type=Text, unique=True)
    funding_source: str = Field(max_length=60)
    region_code: str = Field(sa_type=REGION)
    office: str = Field(sa_type=Text)
    budget_year: int
    first_month: str = Field(sa_type=MONTH)
    last_month: str = Field(sa_type=MONTH)
    worker_quota: int | None = Field(default=None)
    legal_basis: str = Field(sa_type=Text)
    state: str = Field(max_length=10)
    warned_month: str | None = Field(default=None, max_length=10)


class FundingBudget(SubsidyTable, table=True):
    """The budget of one programme of a line, with its budget account."""

    __tablename__ = "funding_budget"

    funding_line_id: UUID = Field(primary_key=True, foreign_key="funding_line.funding_line_id")
    programme: str = Field(primary_key=True, max_length=8)
    amount_rupiah: int = Field(sa_type=BigInteger)
    budget_account: str | None = Field(default=None, sa_type=Text)


class FundingAmendment(ByProgramme, ApprovedBy, table=True):
    """Another whole budget of a line, waiting for approval or in force."""

    __tablename__ = "funding_amendment"

    amendment_id: UUID = Field(primary_key=True)
    funding_line_id: UUID = Field(foreign_key="funding_line.funding_line_id")
    legal_basis: str = Field(sa_type=Text)
    state: str = Field(max_length=10)


class Journal(SubsidyTable, table=True):
    """One movement of a line's money; subject_id is the line, amendment, run, bill or disbursement."""

    __tablename__ = "journal"

    journal_id: UUID = Field(primary_key=True)
    kind: str = Field(max_length=20)
    funding_line_id: UUID = Field(foreign_key="funding_line.funding_line_id")
    subject_id: UUID
    made_at: datetime = Field(sa_type=MOMENT)


class JournalEntry(SubsidyTable, table=True):
    """What a journal changes on one account; the entries of a journal add up to nothing."""

    __tablename__ = "journal_entry"

    journal_id: UUID = Field(primary_key=True, foreign_key="journal.journal_id")
    funding_line_id: UUID = Field(foreign_key="funding_line.funding_line_id")
    programme: str = Field(primary_key=True, max_length=8)
    account: str = Field(primary_key=True, max_length=20)
    amount_rupiah: int = Field(sa_type=BigInteger)


class Balance(SubsidyTable, table=True):
    """The sum of an account's entries; never below zero but for the appropriation."""

    __tablename__ = "balance"

    funding_line_id: UUID = Field(primary_key=True, foreign_key="funding_line.funding_line_id")
    programme: str = Field(primary_key=True, max_length=8)
    account: str = Field(primary_key=True, max_length=20)
    amount_rupiah: int = Field(sa_type=BigInteger)
