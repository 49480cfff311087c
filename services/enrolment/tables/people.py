"""People: what the programme may know openly (worker) and what only the vault opens (person)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from services.enrolment.tables import kinds
from shared.access.areas import AREA_CODE_COLUMN


class Worker(SQLModel, table=True):
    """A person as everybody in the programme may know them, and where the membership stands."""

    __tablename__ = "worker"
    __table_args__ = (
        UniqueConstraint("roster_id", "row_number", name="worker_row"),
        Index("worker_area", "village_code", "worker_id"),
        Index("worker_covered", "worker_id", postgresql_where=text("status IN ('enrolled', 'lapsing')")),
    )

    worker_id: UUID = Field(primary_key=True)
    version: int = Field(sa_column=kinds.large())
    status: str = Field(sa_column=kinds.text())
    decision: str = Field(sa_column=kinds.text())
    decision_id: UUID
    region_code: str = Field(sa_column=kinds.text())
    village_code: str = Field(sa_column=Column(AREA_CODE_COLUMN, nullable=False))
    occupation_code: str = Field(sa_column=kinds.text())
    participant_kind: str = Field(sa_column=kinds.text())
    registered_on: date = Field(sa_column=kinds.day())
    roster_id: UUID | None = None  # both are null for whom an officer has entered
    row_number: int | None = Field(sa_column=kinds.integer(null=True))
    enrolment_number: int = Field(sa_column=kinds.integer())
    cover_from: str | None = Field(sa_column=kinds.month(null=True))


class Person(SQLModel, table=True):
    """The sealed profile, the key that opens it, and tokens to find the person again."""

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("nik_token", name="person_nik"),
        Index("person_near", "near_token"),
    )

    worker_id: UUID = Field(primary_key=True)
    kek_id: str = Field(sa_column=kinds.text())
    wrapped_key: bytes | None = Field(sa_column=kinds.sealed(null=True))
    profile: bytes = Field(sa_column=kinds.sealed())
    nik_token: bytes = Field(sa_column=kinds.sealed())
    near_token: bytes = Field(sa_column=kinds.sealed())
    kpj: bytes | None = Field(sa_column=kinds.sealed(null=True))
    kpj_token: bytes | None = Field(sa_column=kinds.sealed(null=True))


class Decision(SQLModel, table=True):
    """A decision receipt: what was decided, by which rules or whom, and which checks held."""

    __tablename__ = "decision"
    __table_args__ = (Index("decision_worker", "worker_id"),)

    decision_id: UUID = Field(primary_key=True)
    worker_id: UUID
    outcome: str = Field(sa_column=kinds.text())
    reasons: list[str] = Field(sa_column=kinds.texts())
    kind: str = Field(sa_column=kinds.text())
    decided_by: str = Field(sa_column=kinds.text())
    rules_version: str = Field(sa_column=kinds.text())
    inputs: str = Field(sa_column=kinds.facts())  # JSON as text: the same text serves thousands of people
    decided_on: date = Field(sa_column=kinds.day())
    decided_at: datetime = Field(sa_column=kinds.moment())


class WorkerHistory(SQLModel, table=True):
    """Every status that a membership has had, by the worker's version."""

    __tablename__ = "worker_history"

    worker_id: UUID = Field(primary_key=True)
    version: int = Field(sa_column=kinds.large(key=True))
    status: str = Field(sa_column=kinds.text())
    since: date = Field(sa_column=kinds.day())
    cause: str = Field(sa_column=kinds.text())


class Enrolment(SQLModel, table=True):
    """An enrolment at BPJS; a return after a lapse is another one."""

    __tablename__ = "enrolment"

    worker_id: UUID = Field(primary_key=True)
    enrolment_number: int = Field(sa_column=kinds.integer(key=True))
    group_id: UUID
    cover_from: str = Field(sa_column=kinds.month())
    enrolled_on: date = Field(sa_column=kinds.day())
    recorded_at: datetime = Field(sa_column=kinds.moment())
    ended_on: date | None = Field(sa_column=kinds.day(null=True))


class CheckList(SQLModel, table=True):
    """An uploaded list of NIKs: the deceased, or wage workers."""

    __tablename__ = "check_list"

    check_list_id: UUID = Field(primary_key=True)
    kind: str = Field(sa_column=kinds.text())
    rows: int = Field(sa_column=kinds.integer())
    refused_rows: int = Field(sa_column=kinds.integer())
    added: int = Field(sa_column=kinds.integer())
    uploaded_by: str = Field(sa_column=kinds.text())
    uploaded_at: datetime = Field(sa_column=kinds.moment())


class CheckToken(SQLModel, table=True):
    """A NIK of a check list, as its blind-index token only."""

    __tablename__ = "check_token"

    kind: str = Field(sa_column=kinds.text(key=True))
    token: bytes = Field(sa_column=kinds.sealed(key=True))
    check_list_id: UUID


class ReviewCase(SQLModel, table=True):
    """Something that a person has to look at. ``reference`` makes each of a kind occur once."""

    __tablename__ = "review_case"
    __table_args__ = (UniqueConstraint("kind", "reference", name="review_case_once"),)

    case_id: UUID = Field(primary_key=True)
    kind: str = Field(sa_column=kinds.text())
    reference: str = Field(sa_column=kinds.text())
    worker_id: UUID | None
    details: dict[str, Any] = Field(sa_column=kinds.facts())
    opened_at: datetime = Field(sa_column=kinds.moment())
