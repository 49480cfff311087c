"""Uploaded files and what became of each of their rows. The rows' content is not kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.compliance.rules.sheet import Outcome
from shared.database import Transaction

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('compliance.' || $1, 0))"
_COLUMNS = """
file_id, kind, content_sha256, uploaded_by, uploaded_at, rows, accepted_rows, refused_rows,
(SELECT coalesce(jsonb_object_agg(reason, n), '{}') FROM (
    SELECT reason, count(*) AS n FROM file_row r WHERE r.file_id = f.file_id AND outcome = 'refused' GROUP BY reason
) counted)::text AS refused_by_reason
"""
# A file is seen by whoever works for all areas that it was uploaded for.
_VISIBLE = "NOT EXISTS (SELECT 1 FROM unnest(f.area_codes) AS own(code) WHERE NOT own.code ^@ ANY($2::text[]))"
_SAME = f"SELECT {_COLUMNS} FROM uploaded_file f WHERE kind = $1 AND area_codes = $2::text[] AND content_sha256 = $3"  # noqa: S608 - constant
_BY_ID = f"SELECT {_COLUMNS} FROM uploaded_file f WHERE file_id = $1 AND {_VISIBLE}"  # noqa: S608 - constant
_BY_CONTENT = f"""
SELECT {_COLUMNS} FROM uploaded_file f WHERE content_sha256 = $1 AND {_VISIBLE} ORDER BY uploaded_at, file_id LIMIT 200
"""  # noqa: S608 - constant
_FILE = (
    "file_id", "kind", "content_sha256", "area_codes", "uploaded_by", "uploaded_at", "rows", "accepted_rows",
    "refused_rows",
)  # fmt: skip
_ROWS = """
SELECT row_number, outcome, reason FROM file_row WHERE file_id = $1 AND row_number > $2 ORDER BY row_number LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be put on record. ``area_codes``: the areas of its uploader, sorted."""

    file_id: UUID
    kind: str
    content_sha256: str
    area_codes: list[str]
    uploaded_by: str
    uploaded_at: datetime


async def lock_kind(tx: Transaction, kind: str) -> None:
    """Let files of one kind be taken one after the other."""
    await tx.run(_LOCK, kind)


async def same_file(tx: Transaction, kind: str, content_sha256: str, area_codes: Sequence[str]) -> Any | None:
    """The file with this content that was taken before for the same areas."""
    rows = await tx.fetch(_SAME, kind, list(area_codes), content_sha256)
    return rows[0] if rows else None


async def add_file(tx: Transaction, file: NewFile, outcomes: Sequence[Outcome]) -> None:
    """Put a file on record; `add_outcomes` must follow."""
    refused = sum(item.outcome == "refused" for item in outcomes)
    row = (
        file.file_id, file.kind, file.content_sha256, file.area_codes, file.uploaded_by, file.uploaded_at,
        len(outcomes), len(outcomes) - refused, refused,
    )  # fmt: skip
    await tx.copy_rows("uploaded_file", _FILE, [row])


async def add_outcomes(tx: Transaction, file_id: UUID, outcomes: Sequence[Outcome]) -> None:
    """What became of each row."""
    rows = [(file_id, item.number, item.outcome, item.reason) for item in outcomes]
    await tx.copy_rows("file_row", ("file_id", "row_number", "outcome", "reason"), rows)


async def find_file(tx: Transaction, file_id: UUID, prefixes: Sequence[str]) -> Any | None:
    """A file that somebody with the areas ``prefixes`` may see."""
    rows = await tx.fetch(_BY_ID, file_id, list(prefixes))
    return rows[0] if rows else None


async def find_content(tx: Transaction, content_sha256: str, prefixes: Sequence[str]) -> list[Any]:
    """The visible files with this content."""
    return list(await tx.fetch(_BY_CONTENT, content_sha256, list(prefixes)))


async def rows_after(tx: Transaction, file_id: UUID, row_number: int, limit: int) -> list[Any]:
    """The next rows of a file's result."""
    return list(await tx.fetch(_ROWS, file_id, row_number, limit))
