"""The money's part of the floor: read the granted, write the month, bill it, pay what is confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import uuid_utils

from benchmarks.assignment import Assignment
from benchmarks.month.rival import CHUNK_ROWS, GO, JKK_RUPIAH, JKM_RUPIAH, RivalMonth, write_whole
from shared.ids import fast_uuid
from shared.messaging.slots import slot_of

_TARIFF: Final = "bpu-2015-07"

_CANDIDATES = """
SELECT g.worker_id, g.grant_id, d.group_id, w.region_code, w.occupation_code, w.decision, w.cover_from,
    w.enrolled_version, w.exited_version
FROM subsidy_grant g JOIN decree d USING (decree_id) JOIN worker_view w USING (worker_id)
WHERE g.worker_id > $1 ORDER BY g.worker_id LIMIT $2
"""
_OUTBOX = ["slot", "event_id", "topic", "schema_version", "key", "occurred_at", "traceparent", "body"]
_CONTRIBUTION = [
    *("contribution_id", "worker_id", "grant_id", "group_id", "region_code", "occupation_code", "month_run_id"),
    *(
        "funding_line_id",
        "month",
        "income_band",
        "tariff",
        "jkk_rupiah",
        "jkm_rupiah",
        "due_on",
        "journal_id",
        "bill_id",
    ),
]
_PAYMENT = [
    *("contribution_id", "worker_id", "disbursement_id", "month", "file_id", "journal_id", "jkk_rupiah", "jkm_rupiah"),
    *("paid_on", "confirmed_on"),
]
_RUN = """
INSERT INTO month_run (month_run_id, funding_line_id, region_code, month, state, due_on, assessing, passes, due_count,
    jkk_rupiah, jkm_rupiah, created_by, created_at) VALUES ($1, $2, '64', $3, 'open', $4, true, 1, 0, 0, 0, 'f', now())
"""
_JOURNAL = "INSERT INTO journal (journal_id, kind, funding_line_id, subject_id, made_at) VALUES ($1, $2, $3, $4, now())"
_ENTRIES = """
INSERT INTO journal_entry (journal_id, funding_line_id, programme, account, amount_rupiah)
SELECT $1, $2, programme, account, sign * amount
FROM unnest(ARRAY['JKK', 'JKM'], $3::bigint[]) b (programme, amount), unnest($4::text[], ARRAY[-1, 1]) a (account, sign)
"""
_BALANCE = """
UPDATE balance SET amount_rupiah = balance.amount_rupiah + sign * amount
FROM unnest(ARRAY['JKK', 'JKM'], $2::bigint[]) b (name, amount), unnest($3::text[], ARRAY[-1, 1]) a (kind, sign)
WHERE funding_line_id = $1 AND programme = name AND account = kind
"""
_BILL = """
INSERT INTO bill (bill_id, month_run_id, funding_line_id, region_code, group_id, month, worker_count, jkk_rupiah,
    jkm_rupiah, state, created_by, created_at) VALUES ($1, $2, $3, '64', $1, $4, $5, 0, 0, 'cut', 'f', now())
"""
_BILLED = """
SELECT worker_id::text, jkk_rupiah, jkm_rupiah FROM contribution WHERE bill_id = $1 ORDER BY worker_id
"""
_TO_PAY = """
SELECT c.worker_id, c.contribution_id, c.region_code, c.occupation_code, p.paid_on, p.confirmed_on
FROM confirmed_part p CROSS JOIN LATERAL unnest(p.worker_ids) w (worker_id)
JOIN contribution c ON c.bill_id = $3 AND c.worker_id = w.worker_id
WHERE p.file_id = $1 AND p.number = $2
"""
_STAGE = """
INSERT INTO confirmed_part (file_id, number, kode_iuran, month, jkk_rupiah, jkm_rupiah, paid_on, confirmed_on,
    worker_count, worker_ids) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, cardinality($8::uuid[]), $8)
"""
_TAKEN = "DELETE FROM confirmed_part WHERE file_id = $1 AND number = $2"


class MoneyWork:
    """Begins when the file ``go`` is there; ``done`` counts assessed and paid months."""

    def __init__(self, assignment: Assignment) -> None:
        self._url = assignment.url
        self._month = RivalMonth.from_orders(assignment.more)
        self._text = str(self._month.month)
        self._due_on = self._month.month.first_day.replace(day=15)
        self.done = 0
        self.is_ready = False

    async def run(self, stop: asyncio.Event) -> None:
        """Do the month, then wait for ``stop``."""
        reader, writer = [await asyncpg.connect(self._url, server_settings={"jit": "off"}) for _ in range(2)]
        ids = (self._month.identifier("run"), self._month.line_id)
        await writer.execute(_RUN, *ids, self._text, self._due_on)
        self.is_ready = True
        if await self._month.until_there(GO, stop):
            await self._assess(reader, writer)
            if await self._bill(writer, stop):
                await self._pay(reader, writer)
        await stop.wait()
        for connection in (reader, writer):
            await connection.close()

    async def _assess(self, reader: asyncpg.Connection, writer: asyncpg.Connection) -> None:
        """The next chunk is read and put together while the one before is written."""
        left, after, writing = self._month.workers, UUID(int=0), None
        while left and (rows := await reader.fetch(_CANDIDATES, after, min(left, CHUNK_ROWS))):
            left, after = left - len(rows), rows[-1]["worker_id"]
            made = self._assessed(rows)
            if writing is not None:
                await writing
            writing = asyncio.create_task(self._write_due(writer, *made))
            await asyncio.sleep(0)
        if writing is not None:
            await writing

    def _assessed(self, rows: Sequence[Any]) -> tuple[UUID, list[tuple[Any, ...]], list[Any]]:
        line_id, month, topic, now = self._month.line_id, self._text, self._month.due_topic, datetime.now(UTC)
        contributions, events = [], []
        for worker_id, grant_id, group_id, region, occupation, *_ in rows:
            contribution_id = _new_id()
            contributions.append((contribution_id, worker_id, grant_id, group_id, region, occupation))
            key = str(worker_id)
            body = (
                f'{{"aggregate_version":1,"contribution_id":"{contribution_id}","payer_kind":"subsidy",'
                f'"subject_id":"{key}","region_code":"{region}","occupation_code":"{occupation}","month":"{month}",'
                f'"amounts_rupiah":{{"JKK":{JKK_RUPIAH},"JKM":{JKM_RUPIAH}}},"amount_rupiah":{JKK_RUPIAH + JKM_RUPIAH},'
                f'"due_on":"{self._due_on}","worker_count":1,"funding_line_id":"{line_id}","group_id":"{group_id}",'
                f'"income_band":1,"tariff":"{_TARIFF}"}}'
            )
            events.append((slot_of(key.encode()), _new_id(), topic, 1, key, now, None, body.encode()))
        return _new_id(), contributions, events

    async def _write_due(
        self, writer: asyncpg.Connection, journal_id: UUID, contributions: list[tuple[Any, ...]], events: list[Any]
    ) -> None:
        month = (self._month.identifier("run"), self._month.line_id, self._text, 1)
        bill_id = self._month.identifier("bill")
        same = (*month, _TARIFF, JKK_RUPIAH, JKM_RUPIAH, self._due_on, journal_id, bill_id)
        rows = [(*contribution, *same) for contribution in contributions]
        async with writer.transaction():
            await self._post(writer, journal_id, "reserve", len(contributions), ("available", "reserved"))
            await writer.copy_records_to_table("contribution", columns=_CONTRIBUTION, records=rows)
            await writer.copy_records_to_table("outbox", columns=_OUTBOX, records=events)
        self.done += len(contributions)

    async def _bill(self, writer: asyncpg.Connection, stop: asyncio.Event) -> bool:
        """Cut the bill, ask for it in a file, order payment in another; False when ``stop`` came before an answer."""
        bill_id, run_id = self._month.identifier("bill"), self._month.identifier("run")
        await writer.execute(_BILL, bill_id, run_id, self._month.line_id, self._text, self._month.workers)
        head, lines = f"{bill_id},{self._text},", ["group_id,month,worker_ref,jkk_rupiah,jkm_rupiah"]
        lines += [f"{head}{worker},{jkk},{jkm}" for worker, jkk, jkm in await writer.fetch(_BILLED, bill_id)]
        lines.append(f"TRAILER,{len(lines) - 1},{(len(lines) - 1) * (JKK_RUPIAH + JKM_RUPIAH)}\n")
        write_whole(self._month.file("request.csv"), "\n".join(lines))
        if not await self._month.until_there("bill.csv", stop):
            return False
        async with writer.transaction():
            await self._post(writer, _new_id(), "bill", self._month.workers, ("reserved", "billed"))
            await self._post(writer, _new_id(), "instruct", self._month.workers, ("billed", "instructed"))
        write_whole(self._month.file("payment.csv"), f"{bill_id},{self._month.kode_iuran}\n")
        return await self._month.until_there("confirmation.csv", stop)

    async def _pay(self, reader: asyncpg.Connection, writer: asyncpg.Connection) -> None:
        """Keep the confirmed workers in parts, then pay part by part; the next is put together while one is written."""
        file_id, bill_id = self._month.identifier("file"), self._month.identifier("bill")
        lines = self._month.file("confirmation.csv").read_text(encoding="utf-8").splitlines()[1:-1]
        kode, _, month, jkk, jkm, _, confirmed_on = lines[0].split(",")
        said = (kode, month, int(jkk), int(jkm), date.fromisoformat(confirmed_on))
        workers = [fast_uuid(line.split(",")[1]) for line in lines]
        parts = range(0, len(workers), CHUNK_ROWS)
        for number, start in enumerate(parts):
            await writer.execute(_STAGE, file_id, number, *said, workers[start : start + CHUNK_ROWS])
        writing = None
        for number in range(len(parts)):
            made = self._paid(await reader.fetch(_TO_PAY, file_id, number, bill_id))
            if writing is not None:
                await writing
            writing = asyncio.create_task(self._write_paid(writer, *made, number, said[-1]))
            await asyncio.sleep(0)
        if writing is not None:
            await writing

    def _paid(self, rows: Sequence[Any]) -> tuple[list[tuple[UUID, UUID]], list[Any]]:
        line_id, month, topic, now = self._month.line_id, self._text, self._month.paid_topic, datetime.now(UTC)
        disbursement_id = self._month.identifier("disbursement")
        payments, events = [], []
        for worker_id, contribution_id, region, occupation, paid_on, confirmed_on in rows:
            payments.append((contribution_id, worker_id))
            key = str(worker_id)
            body = (
                f'{{"aggregate_version":2,"contribution_id":"{contribution_id}","payer_kind":"subsidy",'
                f'"subject_id":"{key}","region_code":"{region}","occupation_code":"{occupation}","month":"{month}",'
                f'"payment_id":"{disbursement_id}","amounts_rupiah":{{"JKK":{JKK_RUPIAH},"JKM":{JKM_RUPIAH}}},'
                f'"amount_rupiah":{JKK_RUPIAH + JKM_RUPIAH},"fine_rupiah":0,"outstanding_rupiah":0,'
                f'"paid_on":"{paid_on}","confirmed_on":"{confirmed_on}","worker_count":1,"funding_line_id":"{line_id}",'
                f'"disbursement_id":"{disbursement_id}"}}'
            )
            events.append((slot_of(key.encode()), _new_id(), topic, 1, key, now, None, body.encode()))
        return payments, events

    async def _write_paid(
        self, writer: asyncpg.Connection, payments: list[tuple[UUID, UUID]], events: list[Any], number: int, day: date
    ) -> None:
        journal_id, file_id = _new_id(), self._month.identifier("file")
        ids = (self._month.identifier("disbursement"), self._text, file_id, journal_id)
        rows = [(*payment, *ids, JKK_RUPIAH, JKM_RUPIAH, day, day) for payment in payments]
        async with writer.transaction():
            await self._post(writer, journal_id, "pay", len(payments), ("instructed", "paid"))
            await writer.copy_records_to_table("payment_line", columns=_PAYMENT, records=rows)
            await writer.copy_records_to_table("outbox", columns=_OUTBOX, records=events)
            await writer.execute(_TAKEN, file_id, number)
        self.done += len(payments)

    async def _post(
        self, writer: asyncpg.Connection, journal_id: UUID, kind: str, workers: int, accounts: tuple[str, str]
    ) -> None:
        line_id, sums = self._month.line_id, [workers * JKK_RUPIAH, workers * JKM_RUPIAH]
        await writer.execute(_JOURNAL, journal_id, kind, line_id, self._month.identifier("run"))
        await writer.execute(_ENTRIES, journal_id, line_id, sums, list(accounts))
        await writer.execute(_BALANCE, line_id, sums, list(accounts))


def _new_id() -> UUID:
    return fast_uuid(uuid_utils.uuid7().bytes)
