"""What the API answers. Nothing here names a person: names and numbers are masked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.enrolment.rules.cases import CaseKind
from shared.cases import CaseTexts


class ReceivedRosterAnswer(BaseModel):
    """An upload that was taken."""

    roster_id: UUID
    state: str
    content_sha256: str
    known: Annotated[bool, Field(description="Whether the same content was uploaded before; then nothing is new.")]
    reason: Annotated[str | None, Field(description="Why the file was refused at once, as a code.")]
    reason_id: Annotated[str | None, Field(description="The same in Indonesian, with what to do.")]
    reason_en: Annotated[str | None, Field(description="The same in English.")]


class RosterAnswer(BaseModel):
    """A roster and how far it got."""

    roster_id: UUID
    state: Annotated[str, Field(description="received, reading, read, refused, accepted, registering or registered")]
    content_sha256: str
    rows: int
    accepted_rows: int
    refused_rows: int
    refused_by_reason: Annotated[
        dict[str, int] | None, Field(description="Only for a single roster; null in lists.")
    ] = None
    uploaded_by: str
    uploaded_at: datetime
    accepted_by: str | None
    reason: Annotated[str | None, Field(description="Why the whole file was refused, as a code.")]
    reason_id: Annotated[str | None, Field(description="The same in Indonesian, with what to do.")]
    reason_en: Annotated[str | None, Field(description="The same in English.")]
    note: Annotated[str | None, Field(description="What else is to know, such as an old encoding.")]
    note_en: str | None


class StateAnswer(BaseModel):
    """The state after a command."""

    roster_id: UUID
    state: str


class CheckListAnswer(BaseModel):
    """A check list that was added."""

    check_list_id: UUID
    rows: int
    refused_rows: Annotated[int, Field(description="Rows that hold no NIK.")]
    added: Annotated[int, Field(description="NIKs that no earlier list of the kind had.")]


class WorkerAnswer(BaseModel):
    """A worker, with name and NIK masked."""

    worker_id: UUID
    name_masked: str
    nik_masked: str
    status: str
    decision: str
    reasons: list[str]
    decision_kind: str
    rules_version: str
    decided_on: date
    region_code: str
    occupation_code: str
    registered_on: date
    enrolment_number: int
    cover_from: str | None


class CaseAnswer(CaseTexts):
    """Something to look at."""

    case_id: UUID
    kind: CaseKind
    reference: str
    worker_id: UUID | None
    details: dict[str, Any]
    opened_at: datetime


class RosterCounts(BaseModel):
    """Rows of all rosters."""

    rows: int
    accepted: int
    refused: int
    refused_by_reason: dict[str, int]
    waiting: Annotated[int, Field(description="Rosters that are read and that nobody has accepted yet.")]


class CoverCounts(BaseModel):
    """Worker-months of the cover ledger."""

    due: int
    paid: int
    unfunded: int


class SummaryAnswer(BaseModel):
    """Counts within the caller's area."""

    registered: int
    verified: int
    rejected: int
    rejected_by_reason: dict[str, int]
    enrolled: int
    lapsing: int
    lapsed: int
    exited: int
    in_group_waiting: int
    refused_by_bpjs: int
    rosters: RosterCounts
    cover: CoverCounts
    cases: int
