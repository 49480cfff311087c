"""The result file of a roster: row by row, in Indonesian, for the officer who must repair it.

It is written while it is read, a few thousand rows at a time, each time in a short transaction of its own. No cell of
the upload comes back, so nothing in it can be a formula.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from services.enrolment import store
from services.enrolment.http.masks import mask_nik
from services.enrolment.rules.roster.refusals import advice
from services.enrolment.rules.states import Outcome, RowStatus
from shared.database import Database
from shared.database.records import NamedRow
from shared.http import CsvPieces

COLUMNS: Final = ("baris", "nik", "status", "kode", "keterangan")
_ROWS_AT_ONCE: Final = 5_000


async def result_rows(database: Database, roster_id: UUID) -> CsvPieces:
    """The rows of the file, in pieces."""
    yield [COLUMNS]
    after = 0
    while True:
        async with database.transaction() as tx:
            rows = await store.roster_rows.find_results(tx, roster_id, after, _ROWS_AT_ONCE)
        if not rows:
            return
        yield [_line(row) for row in rows]
        after = rows[-1]["row_number"]


def _line(row: NamedRow) -> tuple[object, ...]:
    status, codes = _outcome(row)
    codes += row["notes"] or []
    return (row["row_number"], mask_nik(row["nik_tail"]), status, ";".join(codes), advice(codes))


def _outcome(row: NamedRow) -> tuple[str, list[str]]:
    if row["status"] == RowStatus.REFUSED:
        return "ditolak", [row["reason"]]
    if row["decision"] is None:
        return "diterima", []
    if row["decision"] == Outcome.VERIFIED:
        return "terverifikasi", []
    return "tidak memenuhi syarat", list(row["reasons"])
