"""What the API gives, made from records. Nothing here names a person: names and numbers are masked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.enrolment.handlers.rosters import ReceivedRoster
from services.enrolment.http.masks import mask_name, mask_nik
from services.enrolment.rules.cases import CaseKind
from services.enrolment.rules.roster.refusals import sentences
from services.enrolment.rules.rulebook import Rulebook
from services.enrolment.store.summary import Summary
from services.enrolment.tables import Roster
from shared.cases import CaseTexts

_OLD_ENCODING = (
    "Berkas dibaca sebagai Windows-1252, bukan UTF-8; periksa huruf yang tidak biasa. "
    "Lain kali simpan sebagai CSV UTF-8.",
    "The file was read as Windows-1252, not UTF-8; check unusual letters. Save as CSV UTF-8 next time.",
)


class ReceivedRosterAnswer(BaseModel):
    """An upload that was taken."""

    roster_id: UUID
    state: str
    content_sha256: str
    known: Annotated[bool, Field(description="Whether the same content was uploaded before; then nothing is new.")]
    reason: Annotated[str | None, Field(description="Why the file was refused at once, as a code.")]
    reason_id: Annotated[str | None, Field(description="The same in Indonesian, with what to do.")]
    reason_en: Annotated[str | None, Field(description="The same in English.")]

    @classmethod
    def of(cls, received: ReceivedRoster) -> Self:
        """A file that was refused at once says why."""
        return cls(**vars(received.roster), **_refusal(received.roster), known=received.known)


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

    @classmethod
    def of(cls, roster: Roster, refused_by_reason: dict[str, int] | None = None) -> Self:
        """With what else is to know."""
        note, note_en = _OLD_ENCODING if roster.encoding == "cp1252" else (None, None)
        texts = {**_refusal(roster), "note": note, "note_en": note_en}
        return cls(**vars(roster), **texts, refused_by_reason=refused_by_reason)


class StateAnswer(BaseModel):
    """The state after a command."""

    roster_id: UUID
    state: str


class CheckListAnswer(BaseModel):
    """A check list that was added. Made with ``CheckListAnswer.model_validate(check_list)``."""

    model_config = ConfigDict(from_attributes=True)

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

    @classmethod
    def of(cls, row: Any, profile: dict[str, str] | None) -> Self:
        """A worker's row with the opened profile; an erased person shows as stars only."""
        shown = {
            "name_masked": mask_name(profile["name"]) if profile else "***",
            "nik_masked": mask_nik(profile["nik"][-4:] if profile else ""),
            "decision_kind": row.kind,
        }
        return cls(**{**row._mapping, **shown})


class CaseAnswer(CaseTexts):
    """Something to look at."""

    case_id: UUID
    kind: CaseKind
    reference: str
    worker_id: UUID | None
    details: dict[str, Any]
    opened_at: datetime

    @classmethod
    def of(cls, row: Any, rulebook: Rulebook) -> Self:
        """A case's row, with what its kind means and what to do."""
        return cls(**row._mapping, **rulebook.case_kinds.texts(row.kind))


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

    @classmethod
    def of(cls, counts: Summary) -> Self:
        """From the counts of an area."""
        return cls(
            **counts.workers,
            rejected_by_reason=counts.rejected_by_reason,
            in_group_waiting=counts.members["waiting"],
            refused_by_bpjs=counts.members["refused"],
            rosters=RosterCounts(**counts.rosters, refused_by_reason=counts.refused_by_reason),
            cover=CoverCounts(**counts.cover, unfunded=counts.unfunded),
            cases=counts.cases,
        )


class RegisteredAnswer(BaseModel):
    """A person who was registered, and what the rules decided: ``RegisteredAnswer.model_validate(registered)``."""

    model_config = ConfigDict(from_attributes=True)

    worker_id: UUID
    decision: Annotated[str, Field(description="verified or rejected")]
    reasons: Annotated[list[str], Field(description="Why rejected, as codes of worker.rejected.")]
    notes: Annotated[list[str], Field(description="What is odd about the entry, as codes; no reason to refuse.")]


def _refusal(roster: Roster) -> dict[str, str | None]:
    """Why the whole file was refused, in Indonesian and English."""
    indonesian, english = sentences(roster.reason, roster.reason_facts) if roster.reason else (None, None)
    return {"reason_id": indonesian, "reason_en": english}
