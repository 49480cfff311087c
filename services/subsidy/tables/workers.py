"""What is known of workers from events, and who waits to be looked at again."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from services.subsidy.tables.base import MONTH, REGION, SubsidyTable


class WorkerView(SubsidyTable, table=True):
    """A worker as events tell: each facet with the version of the event that it comes from."""

    __tablename__ = "worker_view"
    __table_args__ = (
        Index("worker_view_by_region", "region_code", "worker_id", postgresql_where=text("decision = 'verified'")),
    )

    worker_id: UUID = Field(primary_key=True)
    region_code: str | None = Field(default=None, sa_type=REGION)
    occupation_code: str | None = Field(default=None, max_length=8)
    place_version: int = Field(sa_type=BigInteger)
    participant_kind: str | None = Field(default=None, max_length=60)
    kind_version: int = Field(sa_type=BigInteger)
    decision: str | None = Field(default=None, max_length=10)
    decision_version: int = Field(sa_type=BigInteger)
    enrolment_number: int | None = Field(default=None)
    cover_from: str | None = Field(default=None, sa_type=MONTH)
    enrolled_version: int = Field(sa_type=BigInteger)
    lapsed_version: int = Field(sa_type=BigInteger)
    last_covered_month: str | None = Field(default=None, sa_type=MONTH)
    exited_version: int = Field(sa_type=BigInteger)
    employed_from: str | None = Field(default=None, sa_type=MONTH)
    employed_until: str | None = Field(default=None, sa_type=MONTH)
    employed_version: int = Field(sa_type=BigInteger)


class ChangedWorker(SubsidyTable, table=True):
    """A worker whom open runs have to look at again."""

    __tablename__ = "changed_worker"

    worker_id: UUID = Field(primary_key=True)
