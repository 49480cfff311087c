"""What all three files have in common: known when sent twice, on record with the outcome of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from services.compliance.rules.sheet import Outcome
from services.compliance.store import files
from shared import audit
from shared.messaging.outbox import UnitOfWork

Kind = Literal["employers", "wages", "payments"]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sends: its SHA-256 (hex), who it is, and the areas that person works for."""

    content_sha256: str
    uploaded_by: str
    area_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file on record. ``known``: it had been taken before, and nothing was done now."""

    file_id: UUID
    kind: str
    content_sha256: str
    uploaded_by: str
    uploaded_at: datetime
    rows: int
    accepted_rows: int
    refused_rows: int
    refused_by_reason: Mapping[str, int]
    known: bool


async def begin(uow: UnitOfWork, upload: Upload, kind: Kind) -> files.NewFile | Any:
    """A new file's record, or the row of the same file that was taken before."""
    await files.lock_kind(uow, kind)
    codes = sorted(upload.area_codes)
    before = await files.same_file(uow, kind, upload.content_sha256, codes)
    if before is not None:
        return before
    return files.NewFile(uow.ids.next(), kind, upload.content_sha256, codes, upload.uploaded_by, uow.moment)


async def finish(uow: UnitOfWork, file: files.NewFile, outcomes: Sequence[Outcome]) -> TakenFile:
    """Put down what became of each row; `store.files.add_file` came before. Call it last."""
    await files.add_outcomes(uow, file.file_id, outcomes)
    by_reason: dict[str, int] = {}
    for item in outcomes:
        if item.outcome == "refused" and item.reason:
            by_reason[item.reason] = by_reason.get(item.reason, 0) + 1
    refused = sum(by_reason.values())
    details: dict[str, str | int | None] = {
        "rows": len(outcomes),
        "refused": refused,
        "content_sha256": file.content_sha256,
    }
    subject = f"uploaded_file {file.file_id}"
    await audit.record(uow, uow.moment, file.uploaded_by, f"upload-{file.kind}", subject, details)
    return TakenFile(
        file.file_id, file.kind, file.content_sha256, file.uploaded_by, file.uploaded_at, len(outcomes),
        len(outcomes) - refused, refused, by_reason, known=False,
    )  # fmt: skip
