"""The job that reads rosters: some 25,000 rows or 32 MiB in one transaction, then it notes how far it came and goes on.

A process that dies loses at most that much work; memory does not grow with the file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from services.enrolment import store
from services.enrolment.handlers.rosters import CHUNK_BYTES
from services.enrolment.handlers.sealing import Sealing
from services.enrolment.rules.roster.header import name_columns
from services.enrolment.rules.roster.refusals import MAX_ROWS, RosterRefusal
from services.enrolment.rules.roster.rows import CheckedRow, RowChecker, StagedPerson
from services.enrolment.rules.states import RosterState, RowStatus
from services.enrolment.store.roster_rows import NewRow
from services.enrolment.store.rosters import Progress
from services.enrolment.tables import Roster, RosterBlock
from shared.clock import local_date
from shared.database.records import record
from shared.messaging.outbox import UnitOfWork
from shared.service.jobs import item
from shared.sheets.csv_reader import CsvReader
from shared.sheets.refusals import FileRefusedError
from shared.sheets.xlsx.reader import read_xlsx

READ_ROSTERS: Final = "read-rosters"
ROWS_PER_RUN: Final = 25_000
CHUNKS_PER_RUN: Final = 32
_SLICE_ROWS: Final = 2_000
_BLOCK_ROWS: Final = 1_000
_TAIL_DIGITS: Final = 4


@dataclass(slots=True)
class _Slice:
    """Judged rows, ready to store."""

    rows: list[NewRow] = field(default_factory=list)
    blocks: list[RosterBlock] = field(default_factory=list)
    accepted: int = 0

    @property
    def refused(self) -> int:
        return len(self.rows) - self.accepted


class RosterReader:
    """Reads and checks rosters, the oldest first. ``regencies`` are those of the programme."""

    def __init__(self, sealing: Sealing, regencies: frozenset[str]) -> None:
        self._sealing = sealing
        self._regencies = regencies

    async def run(self, uow: UnitOfWork, _period_key: str) -> bool:
        """Read on in the oldest roster that is not read yet and not set aside. True if there may be more to read.

        Raises ItemFailedError with the roster that cannot be read.
        """
        roster = await store.rosters.take(uow, READ_ROSTERS, RosterState.RECEIVED, RosterState.READING)
        if roster is None:
            return False
        with item(roster.roster_id):
            await self._read(uow, roster)
        return True

    async def _read(self, uow: UnitOfWork, roster: Roster) -> None:
        try:
            async with uow.savepoint():
                reading = _Reading(uow, roster, self._sealing, self._regencies)
                is_done = await (reading.read_xlsx() if roster.kind == "xlsx" else reading.read_csv())
        except FileRefusedError as refused:
            reason, facts = refused.reason.code, refused.facts
            await store.rosters.refuse(uow, roster.roster_id, reason, facts, keep_rows=False)
            return
        if is_done:
            await store.roster_rows.refuse_duplicates(uow, roster.roster_id)
            if await store.rosters.finish_reading(uow, roster.roster_id) == 0:
                reason = RosterRefusal.NO_USABLE_ROW.code
                await store.rosters.refuse(uow, roster.roster_id, reason, {}, keep_rows=True)


class _Reading:
    """One run over one roster."""

    def __init__(self, uow: UnitOfWork, roster: Roster, sealing: Sealing, regencies: frozenset[str]) -> None:
        self._uow = uow
        self._roster = roster
        self._sealing = sealing
        self._regencies = regencies
        self._columns: list[str] = roster.columns or []
        self._checker = self._make_checker() if self._columns else None

    async def read_csv(self) -> bool:
        """Read on; True when the end of the file is reached."""
        roster = self._roster
        start = roster.next_byte
        reader = CsvReader(
            roster.encoding,
            delimiter=roster.delimiter,
            consumed_bytes=start,
            next_row=roster.next_row,
            width=len(self._columns),
        )
        last = (roster.size_bytes - 1) // CHUNK_BYTES
        position, skip = divmod(start, CHUNK_BYTES)
        accepted = refused = 0
        final = position + CHUNKS_PER_RUN
        while position <= min(last, final) and accepted + refused < ROWS_PER_RUN:
            chunk = (await self._chunk(position))[skip:]
            records = await asyncio.to_thread(reader.feed, chunk, is_last=position == last)
            more_accepted, more_refused = await self._store_all(records)
            reader.width = len(self._columns)
            accepted, refused = accepted + more_accepted, refused + more_refused
            if roster.rows + accepted + refused > MAX_ROWS:
                raise FileRefusedError(RosterRefusal.ROWS_TOO_MANY)
            position, skip = position + 1, 0
        await self._note(reader.delimiter, reader.consumed_bytes, reader.next_row, accepted, refused)
        return position > last

    async def read_xlsx(self) -> bool:
        """Read all of a workbook, whose size is bounded."""
        size_bytes = self._roster.size_bytes
        chunks = [await self._chunk(position) for position in range((size_bytes - 1) // CHUNK_BYTES + 1)]
        records = read_xlsx(b"".join(chunks))
        pieces = iter(lambda: list(islice(records, _SLICE_ROWS)), [])
        accepted, refused = await self._store(pieces)
        await self._note(None, size_bytes, 1, accepted, refused)
        return True

    async def _note(self, delimiter: str | None, next_byte: int, next_row: int, accepted: int, refused: int) -> None:
        progress = Progress(delimiter, self._columns, next_byte, next_row, accepted, refused)
        await store.rosters.note_progress(self._uow, self._roster.roster_id, progress)

    async def _chunk(self, position: int) -> bytes:
        sealed = await store.rosters.find_chunk(self._uow, self._roster.roster_id, position)
        return await asyncio.to_thread(self._sealing.open_chunk, self._roster, position, sealed)

    async def _store_all(self, records: Sequence[tuple[int, list[str]]]) -> tuple[int, int]:
        """Judge and store records slice by slice; gives how many were accepted and refused."""
        pieces = [records[start : start + _SLICE_ROWS] for start in range(0, len(records), _SLICE_ROWS)]
        return await self._store(iter(pieces))

    async def _store(self, pieces: Iterator[Sequence[tuple[int, list[str]]]]) -> tuple[int, int]:
        """Judge a piece while the one before it is being stored: Python and PostgreSQL work at the same time."""
        accepted = refused = 0
        judged = await asyncio.to_thread(self._judge_next, pieces)
        while judged is not None:
            accepted, refused = accepted + judged.accepted, refused + judged.refused
            storing = store.roster_rows.add(self._uow, judged.rows, judged.blocks)
            _, judged = await asyncio.gather(storing, asyncio.to_thread(self._judge_next, pieces))
        return accepted, refused

    def _judge_next(self, pieces: Iterator[Sequence[tuple[int, list[str]]]]) -> _Slice | None:
        piece = next(pieces, None)
        return self._judge(piece) if piece else None

    def _judge(self, records: Sequence[tuple[int, list[str]]]) -> _Slice:
        checked = list(self._checked(records))
        people = [row.person for row in checked if row.person is not None]
        tokens = iter(self._sealing.nik_tokens([person.nik for person in people]))
        judged = _Slice(accepted=len(people))
        roster_id = self._roster.roster_id
        for row_number, person, reason, notes, nik in checked:
            status, token = (RowStatus.REFUSED, None) if person is None else (RowStatus.ACCEPTED, next(tokens))
            tail = nik[-_TAIL_DIGITS:] if nik else ""
            judged.rows.append(NewRow(roster_id, row_number, status, reason, notes or None, tail, token))
        judged.blocks += [self._block(people[at : at + _BLOCK_ROWS]) for at in range(0, len(people), _BLOCK_ROWS)]
        return judged

    def _checked(self, records: Sequence[tuple[int, list[str]]]) -> Iterator[CheckedRow]:
        for row_number, cells in records:
            if self._checker is None:
                if any(cell.strip() for cell in cells):
                    self._columns = name_columns(cells)
                    self._checker = self._make_checker()
                continue
            row = self._checker.check(row_number, cells)
            if row is not None:
                yield row

    def _make_checker(self) -> RowChecker:
        today = local_date(self._uow.moment)
        return RowChecker(self._columns, self._roster.area_codes, self._regencies, today)

    def _block(self, people: Sequence[StagedPerson]) -> RosterBlock:
        block = {
            "roster_id": self._roster.roster_id,
            "first_row": people[0].row_number,
            "last_row": people[-1].row_number,
            "sealed": self._sealing.seal_block(self._roster, people),
        }
        return record(RosterBlock, block)
