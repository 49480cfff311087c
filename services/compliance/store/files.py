"""Uploaded files and what became of each of their rows. The rows' content is not kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from services.compliance.rules.sheet import Outcome
from services.compliance.rules.states import FileKind, RowOutcome
from services.compliance.tables import FileRow, UploadedFile
from shared.database import Transaction
from shared.database.records import NamedRow, columns, record, records

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('compliance.' || $1, 0))"
_SELECT = f"""
SELECT {columns(UploadedFile, alias="f")}, (SELECT coalesce(jsonb_object_agg(reason, n), '{{}}') FROM (
    SELECT reason, count(*) AS n FROM file_row r
    WHERE r.file_id = f.file_id AND outcome = '{RowOutcome.REFUSED}' GROUP BY reason
) counted)::text AS refused_by_reason
FROM uploaded_file f
"""  # noqa: S608 - made of constants
# A file is seen by whoever works for all areas that it was uploaded for.
_VISIBLE = "NOT EXISTS (SELECT 1 FROM unnest(f.area_codes) AS own(code) WHERE NOT own.code ^@ ANY($2::text[]))"
_SAME = f"{_SELECT} WHERE kind = $1 AND area_codes = $2::text[] AND content_sha256 = $3"
_BY_ID = f"{_SELECT} WHERE file_id = $1 AND {_VISIBLE}"
_BY_CONTENT = f"{_SELECT} WHERE content_sha256 = $1 AND {_VISIBLE} ORDER BY uploaded_at, file_id LIMIT 200"
_ROWS = f"""
SELECT {columns(FileRow)} FROM file_row WHERE file_id = $1 AND row_number > $2 ORDER BY row_number LIMIT $3
"""  # noqa: S608 - columns of our own table


class StoredFile(NamedTuple):
    """A file on record, and how many of its rows were refused for which reason."""

    file: UploadedFile
    refused_by_reason: Mapping[str, int]


async def lock_kind(tx: Transaction, kind: FileKind) -> None:
    """Let files of one kind be taken one after the other."""
    await tx.run(_LOCK, kind)


async def find_same(
    tx: Transaction, kind: FileKind, content_sha256: str, area_codes: Sequence[str]
) -> StoredFile | None:
    """The file with this content that was taken before for the same areas."""
    rows = await tx.fetch(_SAME, kind, list(area_codes), content_sha256)
    return _stored(rows[0]) if rows else None


async def add(tx: Transaction, file: UploadedFile) -> None:
    """Put a file on record; `add_outcomes` must follow."""
    names = list(UploadedFile.model_fields)
    await tx.copy_rows("uploaded_file", names, [tuple(getattr(file, name) for name in names)])


async def add_outcomes(tx: Transaction, file_id: UUID, outcomes: Sequence[Outcome]) -> None:
    """What became of each row."""
    rows = [(file_id, item.number, item.outcome, item.reason) for item in outcomes]
    await tx.copy_rows("file_row", list(FileRow.model_fields), rows)


async def find(tx: Transaction, file_id: UUID, prefixes: Sequence[str]) -> StoredFile | None:
    """A file that somebody with the areas ``prefixes`` may see."""
    rows = await tx.fetch(_BY_ID, file_id, list(prefixes))
    return _stored(rows[0]) if rows else None


async def with_content(tx: Transaction, content_sha256: str, prefixes: Sequence[str]) -> list[StoredFile]:
    """The visible files with this content."""
    return list(map(_stored, await tx.fetch(_BY_CONTENT, content_sha256, list(prefixes))))


async def rows_after(tx: Transaction, file_id: UUID, row_number: int, limit: int) -> list[FileRow]:
    """The next rows of a file's result."""
    return records(FileRow, await tx.fetch(_ROWS, file_id, row_number, limit))


def _stored(row: NamedRow) -> StoredFile:
    return StoredFile(record(UploadedFile, row), json.loads(row["refused_by_reason"]))
