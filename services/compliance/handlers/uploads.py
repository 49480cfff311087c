"""What all three files have in common: known when sent twice, on record with the outcome of each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.compliance import store
from services.compliance.rules.sheet import Outcome
from services.compliance.rules.states import FileKind, RowOutcome
from services.compliance.store.files import StoredFile
from services.compliance.tables import UploadedFile
from shared import audit
from shared.messaging.outbox import UnitOfWork


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sends: its SHA-256 (hex), who it is, and the areas that person works for."""

    content_sha256: str
    uploaded_by: str
    area_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file on record. ``is_known``: it had been taken before, and nothing was done now."""

    stored: StoredFile
    is_known: bool


async def find_taken(uow: UnitOfWork, upload: Upload, kind: FileKind) -> TakenFile | None:
    """The same file, if it was taken before; call it first, since files of a kind are taken one after the other."""
    await store.files.lock_kind(uow, kind)
    before = await store.files.find_same(uow, kind, upload.content_sha256, sorted(upload.area_codes))
    return TakenFile(before, is_known=True) if before is not None else None


async def record_file(uow: UnitOfWork, upload: Upload, kind: FileKind, outcomes: Sequence[Outcome]) -> UploadedFile:
    """Put the file on record, to which what it says refers. `finish` must follow."""
    refused_rows = sum(item.outcome is RowOutcome.REFUSED for item in outcomes)
    file = UploadedFile(
        file_id=uow.ids.next(),
        kind=kind,
        content_sha256=upload.content_sha256,
        area_codes=sorted(upload.area_codes),
        uploaded_by=upload.uploaded_by,
        uploaded_at=uow.moment,
        rows=len(outcomes),
        accepted_rows=len(outcomes) - refused_rows,
        refused_rows=refused_rows,
    )
    await store.files.add(uow, file)
    return file


async def finish(uow: UnitOfWork, file: UploadedFile, outcomes: Sequence[Outcome]) -> TakenFile:
    """Put down what became of each row, and who sent the file. Call it last."""
    await store.files.add_outcomes(uow, file.file_id, outcomes)
    details: dict[str, str | int | None] = {
        "rows": file.rows,
        "refused": file.refused_rows,
        "content_sha256": file.content_sha256,
    }
    subject = f"uploaded_file {file.file_id}"
    await audit.record(uow, uow.moment, file.uploaded_by, f"upload-{file.kind}", subject, details)
    refused = Counter(item.reason or "" for item in outcomes if item.outcome is RowOutcome.REFUSED)
    return TakenFile(StoredFile(file, refused), is_known=False)
