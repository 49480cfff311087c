"""What the BPJS branch does with the exchange folder in the tests of subsidy."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from services.subsidy.adapters import exchange
from shared.exchange import write_records


@dataclass
class Branch:
    """Reads out/ and writes in/."""

    folder: Path

    def sent(self, name: str) -> list[dict[str, str]]:
        """The rows of a file that was sent, without the trailer."""
        lines = (self.folder / "out" / name).read_text().splitlines()
        assert lines[-1].startswith("TRAILER,")
        return list(csv.DictReader(io.StringIO("\n".join(lines[:-1]))))

    def send(self, name: str, columns: Sequence[str], rows: Sequence[Sequence[object]], total: int) -> None:
        """Put a file into in/."""
        (self.folder / "in").mkdir(parents=True, exist_ok=True)
        text = "".join(f"{line}\n" for line in write_records(columns, rows, total_rupiah=total))
        (self.folder / "in" / name).write_text(text)

    def answer_bill(self, bill_id: str, suffix: str = "", **changes: Any) -> None:
        """Answer a bill request, with ``changes`` of single values."""
        rows = self.sent(f"bill-request_{bill_id}.csv")
        jkk = sum(int(row["jkk_rupiah"]) for row in rows)
        jkm = sum(int(row["jkm_rupiah"]) for row in rows)
        answer: dict[str, Any] = {
            "bill_id": bill_id,
            "kode_iuran": f"{int(UUID(bill_id)) % 10**12:012d}",
            "group_id": rows[0]["group_id"],
            "month": rows[0]["month"],
            "worker_count": len(rows),
            "jkk_rupiah": jkk,
            "jkm_rupiah": jkm,
            "total_rupiah": jkk + jkm,
            "due_on": "2026-11-16",
        } | changes
        row = [answer[column] for column in exchange.BILL_COLUMNS]
        self.send(f"bill_{bill_id}{suffix}.csv", exchange.BILL_COLUMNS, [row], answer["total_rupiah"])

    def confirmation(self, disbursement_id: str) -> list[dict[str, Any]]:
        """The rows with which BPJS confirms all of a payment."""
        order = self.sent(f"payment_{disbursement_id}.csv")[0]
        rows = self.sent(f"bill-request_{order['bill_id']}.csv")
        days = {"paid_on": order["paid_on"], "confirmed_on": order["paid_on"]}
        kept = ("worker_ref", "month", "jkk_rupiah", "jkm_rupiah")
        return [{"kode_iuran": order["kode_iuran"], **{name: row[name] for name in kept}, **days} for row in rows]

    def confirm(
        self, disbursement_id: str, rows: Sequence[dict[str, Any]] | None = None, suffix: str = "", more: int = 0
    ) -> None:
        """Confirm ``rows`` (all); ``more`` makes the total wrong by so much."""
        given = self.confirmation(disbursement_id) if rows is None else rows
        total = sum(int(row["jkk_rupiah"]) + int(row["jkm_rupiah"]) for row in given)
        lines = [[row[column] for column in exchange.CONFIRMATION_COLUMNS] for row in given]
        self.send(f"confirmation_{disbursement_id}{suffix}.csv", exchange.CONFIRMATION_COLUMNS, lines, total + more)
