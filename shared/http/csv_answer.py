"""A CSV file as an answer, written while it is read: nothing of it is kept in memory but the piece on its way."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable

from fastapi.responses import StreamingResponse

CsvPieces = AsyncIterator[Iterable[Iterable[object]]]


def csv_answer(file_name: str, pieces: CsvPieces) -> StreamingResponse:
    """The file ``file_name`` with the rows of ``pieces``, the header line first."""
    return StreamingResponse(
        (_text(rows) async for rows in pieces),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )


def _text(rows: Iterable[Iterable[object]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()
