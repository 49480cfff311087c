"""Cover: grants, groups and lists to BPJS, the ledger of months, and the lapse clock's notices."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from services.enrolment.tables import kinds


class SubsidyGrant(SQLModel, table=True):
    """What subsidy has said of a grant. The end may be known before the grant is."""

    __tablename__ = "subsidy_grant"
    __table_args__ = (Index("subsidy_grant_member", "group_id", "worker_id"),)

    grant_id: UUID = Field(primary_key=True)
    worker_id: UUID
    group_id: UUID | None
    first_month: str | None = Field(sa_column=kinds.month(null=True))
    last_month: str | None = Field(sa_column=kinds.month(null=True))
    granted_version: int | None = Field(sa_column=kinds.large(null=True))
    ended_version: int | None = Field(sa_column=kinds.large(null=True))
    ended_last_month: str | None = Field(sa_column=kinds.month(null=True))
    ended_reason: str | None = Field(sa_column=kinds.text(null=True))


class MemberGroup(SQLModel, table=True):
    """A group (wadah) through which BPJS bills a decree."""

    __tablename__ = "member_group"

    group_id: UUID = Field(primary_key=True)
    decree_id: UUID
    decree_number: str = Field(sa_column=kinds.text())
    programmes: list[str] = Field(sa_column=kinds.texts())
    income_band: int = Field(sa_column=kinds.integer())
    first_month: str = Field(sa_column=kinds.month())
    last_month: str = Field(sa_column=kinds.month())
    lists: int = Field(sa_column=kinds.integer())


class GroupMember(SQLModel, table=True):
    """A worker in a group: waiting, listed, accepted, refused, or withdrawn when no grant was left before a list."""

    __tablename__ = "group_member"
    __table_args__ = (
        Index("group_member_list", "group_id", "list_number"),
        Index("group_member_worker", "worker_id"),
        Index("group_member_waiting", "group_id", postgresql_where=text("state = 'waiting'")),
    )

    group_id: UUID = Field(primary_key=True)
    worker_id: UUID = Field(primary_key=True)
    state: str = Field(sa_column=kinds.text())
    list_number: int | None = Field(sa_column=kinds.integer(null=True))
    refusal_reason: str | None = Field(sa_column=kinds.text(null=True))
    accepted_part: int | None = Field(sa_column=kinds.integer(null=True))
    refused_part: int | None = Field(sa_column=kinds.integer(null=True))
    answered_on: date | None = Field(sa_column=kinds.day(null=True))


class GroupList(SQLModel, table=True):
    """A list of members as it goes to BPJS: cut, then written."""

    __tablename__ = "group_list"

    group_id: UUID = Field(primary_key=True)
    list_number: int = Field(sa_column=kinds.integer(key=True))
    state: str = Field(sa_column=kinds.text())
    first_month: str = Field(sa_column=kinds.month())
    rows: int = Field(sa_column=kinds.integer())
    cut_at: datetime = Field(sa_column=kinds.moment())
    written_at: datetime | None = Field(sa_column=kinds.moment(null=True))


class ExchangeFile(SQLModel, table=True):
    """A file from BPJS and what became of it, by name and content."""

    __tablename__ = "exchange_file"

    name: str = Field(sa_column=kinds.text(key=True))
    content_sha256: str = Field(sa_column=kinds.text(key=True))
    state: str = Field(sa_column=kinds.text())
    reason: str | None = Field(sa_column=kinds.text(null=True))
    rows: int = Field(sa_column=kinds.integer())
    received_at: datetime = Field(sa_column=kinds.moment())


class CoverLine(SQLModel, table=True):
    """A worker's month as far as a payer owes or has paid it. One line per contribution."""

    __tablename__ = "cover_line"

    worker_id: UUID = Field(primary_key=True)
    month: str = Field(sa_column=kinds.month(key=True))
    contribution_id: UUID = Field(primary_key=True)
    due_version: int | None = Field(sa_column=kinds.large(null=True))
    due_rupiah: int | None = Field(sa_column=kinds.large(null=True))
    due_on: date | None = Field(sa_column=kinds.day(null=True))
    due_at: datetime | None = Field(sa_column=kinds.moment(null=True))
    group_id: UUID | None
    paid_rupiah: int = Field(sa_column=kinds.large())
    payments: int = Field(sa_column=kinds.integer())
    is_settled: bool
    credited_rupiah: int = Field(sa_column=kinds.large())


class CoverUnfunded(SQLModel, table=True):
    """A worker's month that found no payer, with the latest reason."""

    __tablename__ = "cover_unfunded"

    worker_id: UUID = Field(primary_key=True)
    month: str = Field(sa_column=kinds.month(key=True))
    version: int = Field(sa_column=kinds.large())
    reason: str = Field(sa_column=kinds.text())


class LapseNotice(SQLModel, table=True):
    """That somebody was warned: once per worker and last unpaid month."""

    __tablename__ = "lapse_notice"

    worker_id: UUID = Field(primary_key=True)
    month: str = Field(sa_column=kinds.month(key=True))
    noticed_on: date = Field(sa_column=kinds.day())


class Employment(SQLModel, table=True):
    """That a person is, or was, a wage worker of an employer, as compliance has said."""

    __tablename__ = "employment"

    worker_id: UUID = Field(primary_key=True)
    employer_id: UUID = Field(primary_key=True)
    version: int = Field(sa_column=kinds.large())
    employed_from: str = Field(sa_column=kinds.month())
    employed_until: str | None = Field(sa_column=kinds.month(null=True))
