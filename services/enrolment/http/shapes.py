"""Turns rows into answers."""

from __future__ import annotations

from typing import Any

from services.enrolment.handlers.rosters import ReceivedRoster
from services.enrolment.http import models
from services.enrolment.rules.cases import CaseKind, case_kinds
from services.enrolment.rules.roster.refusals import sentences
from services.enrolment.store.views import Summary
from shared.periods import Month

_OLD_ENCODING = (
    "Berkas dibaca sebagai Windows-1252, bukan UTF-8; periksa huruf yang tidak biasa. "
    "Lain kali simpan sebagai CSV UTF-8.",
    "The file was read as Windows-1252, not UTF-8; check unusual letters. Save as CSV UTF-8 next time.",
)


def roster_answer(row: Any, refused_by_reason: dict[str, int] | None = None) -> models.RosterAnswer:
    """A roster's row (with attributes) as an answer."""
    indonesian, english = sentences(row.reason, row.reason_facts) if row.reason else (None, None)
    note, note_en = _OLD_ENCODING if row.encoding == "cp1252" else (None, None)
    return models.RosterAnswer(
        roster_id=row.roster_id,
        state=row.state,
        content_sha256=row.content_sha256,
        rows=row.rows,
        accepted_rows=row.accepted_rows,
        refused_rows=row.refused_rows,
        refused_by_reason=refused_by_reason,
        uploaded_by=row.uploaded_by,
        uploaded_at=row.uploaded_at,
        accepted_by=row.accepted_by,
        reason=row.reason,
        reason_id=indonesian,
        reason_en=english,
        note=note,
        note_en=note_en,
    )


def received_answer(taken: ReceivedRoster) -> models.ReceivedRosterAnswer:
    """An upload as an answer; a file that was refused at once says why."""
    indonesian, english = sentences(taken.reason, taken.reason_facts) if taken.reason else (None, None)
    return models.ReceivedRosterAnswer(
        roster_id=taken.roster_id,
        state=taken.state,
        content_sha256=taken.content_sha256,
        known=taken.known,
        reason=taken.reason,
        reason_id=indonesian,
        reason_en=english,
    )


def worker_answer(row: Any, profile: dict[str, str] | None) -> models.WorkerAnswer:
    """A worker's row with the opened profile; an erased person shows as stars only."""
    return models.WorkerAnswer(
        worker_id=row.worker_id,
        name_masked=mask_name(profile["name"]) if profile else "***",
        nik_masked=mask_nik(profile["nik"][-4:] if profile else ""),
        status=row.status,
        decision=row.decision,
        reasons=row.reasons,
        decision_kind=row.kind,
        rules_version=row.rules_version,
        decided_on=row.decided_on,
        region_code=row.region_code,
        occupation_code=row.occupation_code,
        registered_on=row.registered_on,
        enrolment_number=row.enrolment_number,
        cover_from=str(Month.of(row.cover_from)) if row.cover_from else None,
    )


def case_answer(row: Any) -> models.CaseAnswer:
    """A case's row (with attributes) as an answer, with what its kind means and what to do."""
    return models.CaseAnswer(
        case_id=row.case_id,
        kind=CaseKind(row.kind),
        reference=row.reference,
        worker_id=row.worker_id,
        details=row.details,
        opened_at=row.opened_at,
        **case_kinds().texts(row.kind),
    )


def summary_answer(counts: Summary) -> models.SummaryAnswer:
    """The counts as an answer."""
    workers, rosters = counts.workers, counts.rosters
    return models.SummaryAnswer(
        registered=workers["registered"],
        verified=workers["verified"],
        rejected=workers["rejected"],
        rejected_by_reason=counts.rejected_by_reason,
        enrolled=workers["enrolled"],
        lapsing=workers["lapsing"],
        lapsed=workers["lapsed"],
        exited=workers["exited"],
        in_group_waiting=counts.members["waiting"],
        refused_by_bpjs=counts.members["refused"],
        rosters=models.RosterCounts(
            rows=rosters["rows"],
            accepted=rosters["accepted"],
            refused=rosters["refused"],
            refused_by_reason=counts.refused_by_reason,
            waiting=rosters["waiting"],
        ),
        cover=models.CoverCounts(due=counts.cover["due"], paid=counts.cover["paid"], unfunded=counts.unfunded),
        cases=counts.cases,
    )


def mask_name(name: str) -> str:
    """The first letter of each word."""
    return " ".join(f"{word[0]}***" for word in name.split())


def mask_nik(tail: str) -> str:
    """All but the last four digits hidden."""
    return f"************{tail}" if tail else "****************"
