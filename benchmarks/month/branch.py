"""The branch of the other ways: it answers files by files and keeps no books."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from benchmarks.assignment import Assignment
from benchmarks.month.rival import RivalMonth, write_whole

_BILL = "bill_id,kode_iuran,group_id,month,worker_count,jkk_rupiah,jkm_rupiah,total_rupiah,due_on"
_CONFIRMATION = "kode_iuran,worker_ref,month,jkk_rupiah,jkm_rupiah,paid_on,confirmed_on"


class BranchWork:
    """Bills what is asked for and confirms every line of it. ``done`` counts lines."""

    is_ready = True

    def __init__(self, assignment: Assignment) -> None:
        self._month = RivalMonth.from_orders(assignment.more)
        self.done = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Answer both files, then wait for ``stop``."""
        if await self._month.until_there("request.csv", stop):
            rows = [line.split(",") for line in self._read("request.csv")[1:-1]]
            group_id, month, _, _, _ = rows[0]
            jkk, jkm = sum(int(row[3]) for row in rows), sum(int(row[4]) for row in rows)
            answer = f"{group_id},{self._month.kode_iuran},{group_id},{month},{len(rows)},{jkk},{jkm},{jkk + jkm},"
            write_whole(self._month.file("bill.csv"), f"{_BILL}\n{answer}\nTRAILER,1,{jkk + jkm}\n")
            if await self._month.until_there("payment.csv", stop):
                kode, today = self._month.kode_iuran, datetime.now(UTC).date().isoformat()
                lines = [f"{kode},{ref},{month},{jkk},{jkm},{today},{today}" for _, month, ref, jkk, jkm in rows]
                content = "\n".join([_CONFIRMATION, *lines, f"TRAILER,{len(lines)},{jkk + jkm}\n"])
                write_whole(self._month.file("confirmation.csv"), content)
                self.done = len(lines)
        await stop.wait()

    def _read(self, name: str) -> list[str]:
        return self._month.file(name).read_text(encoding="utf-8").splitlines()
