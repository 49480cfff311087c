"""Uploading a roster and accepting it: two people, and a file that is kept sealed from its first byte on."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from services.enrolment import store
from services.enrolment.handlers.sealing import Sealing
from services.enrolment.rules.roster.header import name_columns
from services.enrolment.rules.states import RosterState
from services.enrolment.tables import Roster
from shared import audit
from shared.access.errors import RefusedError
from shared.access.maker_checker import require_second_person
from shared.database.records import record
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

    roster: Roster
    known: bool


async def receive_roster(
    uow: UnitOfWork, upload: Upload, uploaded_by: str, area_codes: Sequence[str], sealing: Sealing
) -> ReceivedRoster:
    """Store an uploaded roster, sealed; a job reads it. The same content for the same areas is stored once."""
    digest, content, refusal = await _inspect(upload)
    key = sealing.new_roster_key(uow.ids.next())
    roster = record(
        Roster,
        {
            **dict.fromkeys(("delimiter", "columns", "accepted_by", "accepted_at", "registered_at")),
            **dict.fromkeys(("next_byte", "rows", "accepted_rows", "refused_rows", "registered_through"), 0),
            "roster_id": key.person_id,
            "content_sha256": digest,
            "area_codes": sorted(area_codes),
            "uploaded_by": uploaded_by,
            "uploaded_at": uow.moment,
            "kind": content.kind,
            "encoding": content.encoding,
            "size_bytes": content.size_bytes,
            "state": RosterState.REFUSED if refusal else RosterState.RECEIVED,
            "reason": refusal.reason.code if refusal else None,
            "reason_facts": dict(refusal.facts) if refusal else {},
            "next_row": 1,
            "kek_id": key.kek_id,
            "wrapped_key": None if refusal else key.wrapped,
        },
    )
    if not await store.rosters.add(uow, roster):
        return ReceivedRoster(await store.rosters.find(uow, digest, roster.area_codes), known=True)
    if refusal is None:
        await _keep(uow, upload, key, sealing)
    size_bytes, refused = content.size_bytes, roster.reason
    details: dict[str, str | int | None] = {"content_sha256": digest, "size_bytes": size_bytes, "refused": refused}
    await audit.record(uow, uow.moment, uploaded_by, "upload-roster", f"roster {roster.roster_id}", details)
    return ReceivedRoster(roster, known=False)


async def accept_roster(uow: UnitOfWork, roster_id: UUID, accepted_by: str) -> RosterState:
    """A second person accepts what was read; a job registers it. Gives the new state.

    Raises:
        SamePersonError: the uploader may not accept.
        RefusedError: "roster-not-ready", in any state but read.
    """
    locked = await store.rosters.lock(uow, roster_id)
    require_second_person(locked["uploaded_by"], accepted_by)
    if locked["state"] != RosterState.READ:
        raise RefusedError("roster-not-ready", state=locked["state"])
    state = await store.rosters.accept(uow, roster_id, accepted_by, uow.moment)
    await audit.record(uow, uow.moment, accepted_by, "accept-roster", f"roster {roster_id}", {})
    return state


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


async def _keep(uow: UnitOfWork, upload: Upload, key: WrappedKey, sealing: Sealing) -> None:
    position = 0
    async for chunk in _chunks(upload):
        sealed = await asyncio.to_thread(sealing.seal_chunk, key, position, chunk)
        await store.rosters.add_chunk(uow, key.person_id, position, sealed)
        position += 1


async def _chunks(upload: Upload) -> AsyncIterator[bytes]:
    """The file from its beginning, in pieces of one MiB, the last one shorter."""
    await upload.seek(0)
    while chunk := await upload.read(CHUNK_BYTES):
        yield chunk
