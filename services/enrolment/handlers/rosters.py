"""Uploading a roster and accepting it: two people, and a file that is kept sealed from its first byte on."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

from services.enrolment.handlers.privacy import Privacy, seal_chunk
from services.enrolment.rules.roster.header import name_columns
from services.enrolment.store import rosters as store
from shared import audit
from shared.access.errors import RefusedError
from shared.access.maker_checker import require_second_person
from shared.messaging.outbox import UnitOfWork
from shared.privacy import WrappedKey
from shared.sheets.content import Content, Inspector
from shared.sheets.csv_reader import CsvReader
from shared.sheets.refusals import FileRefusedError

CHUNK_BYTES: Final = 1024 * 1024
_HEAD_BYTES: Final = 128 * 1024


class Upload(Protocol):
    """A file that came with a request, on disk when it is large."""

    async def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        ...

    async def seek(self, offset: int) -> None:
        """Go to a place."""
        ...


@dataclass(frozen=True, slots=True)
class ReceivedRoster:
    """What an upload came to; ``known`` when the same content had been uploaded before."""

    roster_id: UUID
    state: str
    content_sha256: str
    known: bool
    reason: str | None = None
    reason_facts: Mapping[str, str] = field(default_factory=dict)


async def receive_roster(
    uow: UnitOfWork, upload: Upload, uploaded_by: str, area_codes: Sequence[str], privacy: Privacy
) -> ReceivedRoster:
    """Store an uploaded roster, sealed; a job reads it. The same content for the same areas is stored once."""
    digest, content, refusal = await _inspect(upload)
    roster_id = uow.ids.next()
    key = privacy.vault.new_key(roster_id)
    new = store.NewRoster(
        roster_id=roster_id,
        content_sha256=digest,
        area_codes=sorted(area_codes),
        uploaded_by=uploaded_by,
        uploaded_at=uow.moment,
        kind=content.kind,
        encoding=content.encoding,
        size_bytes=content.size_bytes,
        reason=refusal.reason.code if refusal else None,
        reason_facts=refusal.facts if refusal else {},
        kek_id=key.kek_id,
        wrapped_key=None if refusal else key.wrapped,
    )
    if not await store.add_roster(uow, new):
        found = await store.find_roster(uow, digest, new.area_codes)
        told = (found["reason"], found["reason_facts"])
        return ReceivedRoster(found["roster_id"], found["state"], digest, True, *told)
    if refusal is None:
        await _keep(uow, upload, key, privacy)
    details: dict[str, str | int | None] = {
        "content_sha256": digest,
        "size_bytes": content.size_bytes,
        "refused": new.reason,
    }
    await audit.record(uow, uow.moment, uploaded_by, "upload-roster", f"roster {roster_id}", details)
    state = "refused" if refusal else "received"
    return ReceivedRoster(roster_id, state, digest, False, new.reason, new.reason_facts)


async def accept_roster(uow: UnitOfWork, roster_id: UUID, accepted_by: str) -> None:
    """A second person accepts what was read; a job registers it. Raises SamePersonError and RefusedError."""
    locked = await store.lock_roster(uow, roster_id)
    require_second_person(locked["uploaded_by"], accepted_by)
    if locked["state"] != "read":
        raise RefusedError("roster-not-ready", state=locked["state"])
    await store.accept_roster(uow, roster_id, accepted_by, uow.moment)
    await audit.record(uow, uow.moment, accepted_by, "accept-roster", f"roster {roster_id}", {})


async def _inspect(upload: Upload) -> tuple[str, Content, FileRefusedError | None]:
    """The content's SHA-256, what it is, and why it is refused, if it is."""
    digest, inspector, size_bytes, head = hashlib.sha256(), Inspector(), 0, b""
    async for chunk in _chunks(upload):
        size_bytes += len(chunk)
        head = head or chunk[:_HEAD_BYTES]
        await asyncio.to_thread(digest.update, chunk)
        await asyncio.to_thread(inspector.feed, chunk)
    try:
        content = inspector.finish()
        if content.kind == "csv":
            _look_at_header(head, content)
    except FileRefusedError as refused:
        return digest.hexdigest(), Content("csv", "", size_bytes), refused
    return digest.hexdigest(), content, None


def _look_at_header(head: bytes, content: Content) -> None:
    """Refuse a file without the columns at once, instead of keeping it and refusing it later."""
    records = CsvReader(content.encoding).feed(head, is_last=len(head) == content.size_bytes)
    header = next((cells for _, cells in records if any(cell.strip() for cell in cells)), None)
    if header is not None:
        name_columns(header)


async def _keep(uow: UnitOfWork, upload: Upload, key: WrappedKey, privacy: Privacy) -> None:
    position = 0
    async for chunk in _chunks(upload):
        sealed = await asyncio.to_thread(seal_chunk, privacy.vault, key, position, chunk)
        await store.add_chunk(uow, key.person_id, position, sealed)
        position += 1


async def _chunks(upload: Upload) -> AsyncIterator[bytes]:
    """The file from its beginning, in pieces of one MiB, the last one shorter."""
    await upload.seek(0)
    while chunk := await upload.read(CHUNK_BYTES):
        yield chunk
