"""Rosters: the file as it came (sealed), the rows that were read (sealed), and what became of each row (open)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from services.enrolment.tables import kinds


class Roster(SQLModel, table=True):
    """An uploaded file and how far it got. Its key opens chunks and blocks, and is destroyed with them."""

    __tablename__ = "roster"
    __table_args__ = (UniqueConstraint("content_sha256", "area_codes", name="roster_content"),)

    roster_id: UUID = Field(primary_key=True)
    content_sha256: str = Field(sa_column=kinds.text())
    area_codes: list[str] = Field(sa_column=kinds.texts())
    uploaded_by: str = Field(sa_column=kinds.text())
    uploaded_at: datetime = Field(sa_column=kinds.moment())
    kind: str = Field(sa_column=kinds.text())
    encoding: str = Field(sa_column=kinds.text())
    size_bytes: int = Field(sa_column=kinds.large())
    state: str = Field(sa_column=kinds.text())
    reason: str | None = Field(sa_column=kinds.text(null=True))
    reason_facts: dict[str, Any] = Field(sa_column=kinds.facts())
    delimiter: str | None = Field(sa_column=kinds.text(null=True))
    columns: list[str] | None = Field(sa_column=kinds.texts(null=True))
    next_byte: int = Field(sa_column=kinds.large())
    next_row: int = Field(sa_column=kinds.integer())
    rows: int = Field(sa_column=kinds.integer())
    accepted_rows: int = Field(sa_column=kinds.integer())
    refused_rows: int = Field(sa_column=kinds.integer())
    registered_through: int = Field(sa_column=kinds.integer())
    accepted_by: str | None = Field(sa_column=kinds.text(null=True))
    accepted_at: datetime | None = Field(sa_column=kinds.moment(null=True))
    registered_at: datetime | None = Field(sa_column=kinds.moment(null=True))
    kek_id: str = Field(sa_column=kinds.text())
    wrapped_key: bytes | None = Field(sa_column=kinds.sealed(null=True))


class RosterChunk(SQLModel, table=True):
    """A piece of the file, sealed under the roster's key."""

    __tablename__ = "roster_chunk"

    roster_id: UUID = Field(primary_key=True)
    position: int = Field(sa_column=kinds.integer(key=True))
    sealed: bytes = Field(sa_column=kinds.sealed())


class RosterBlock(SQLModel, table=True):
    """The accepted rows from ``first_row`` to ``last_row`` as they were read, sealed under the roster's key."""

    __tablename__ = "roster_block"

    roster_id: UUID = Field(primary_key=True)
    first_row: int = Field(sa_column=kinds.integer(key=True))
    last_row: int = Field(sa_column=kinds.integer())
    sealed: bytes = Field(sa_column=kinds.sealed())


class RosterRow(SQLModel, table=True):
    """What became of a row. ``nik_tail`` is all of the NIK that the result file shows."""

    __tablename__ = "roster_row"

    roster_id: UUID = Field(primary_key=True)
    row_number: int = Field(sa_column=kinds.integer(key=True))
    status: str = Field(sa_column=kinds.text())
    reason: str | None = Field(sa_column=kinds.text(null=True))
    notes: list[str] | None = Field(sa_column=kinds.texts(null=True))
    nik_tail: str = Field(sa_column=kinds.text())
    nik_token: bytes | None = Field(sa_column=kinds.sealed(null=True))
