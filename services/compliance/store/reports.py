"""Wage reports: one current revision per employer and month, its workers as blind-index tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from shared.database import Transaction

_CURRENT = """
SELECT r.employer_id, r.month, r.revision, r.content_digest FROM wage_report r
JOIN unnest($1::uuid[], $2::text[]) AS wanted(employer_id, month)
    ON r.employer_id = wanted.employer_id AND r.month = wanted.month
WHERE r.is_current
"""
_RETIRE = """
UPDATE wage_report r SET is_current = false
FROM unnest($1::uuid[], $2::text[]) AS replaced(employer_id, month)
WHERE r.is_current AND r.employer_id = replaced.employer_id AND r.month = replaced.month
"""
_REPORT: Final = (
    "report_id", "employer_id", "month", "revision", "is_current", "file_id", "worker_count", "wages_rupiah",
    "refused_rows", "content_digest", "reported_on",
)  # fmt: skip
_LINE: Final = ("report_id", "worker_token", "wage_rupiah")


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report to be put on record; ``lines`` are (token, wage), ``refused_rows`` the rows of it that were refused."""

    report_id: UUID
    employer_id: UUID
    month: str
    revision: int
    refused_rows: int
    content_digest: bytes = field(repr=False)
    lines: list[tuple[bytes, int]] = field(repr=False)

    @property
    def wages_rupiah(self) -> int:
        """The sum of the reported wages."""
        return sum(wage for _, wage in self.lines)


async def current_reports(
    tx: Transaction, keys: Sequence[tuple[UUID, str]]
) -> dict[tuple[UUID, str], tuple[int, bytes]]:
    """Revision and digest of the current report of each (employer, month) that has one."""
    rows = await tx.fetch(_CURRENT, [key[0] for key in keys], [key[1] for key in keys])
    return {(row["employer_id"], row["month"]): (row["revision"], row["content_digest"]) for row in rows}


async def add_reports(tx: Transaction, reports: Sequence[NewReport], file_id: UUID, reported_on: date) -> None:
    """Make ``reports`` the current ones. Their employers are locked."""
    await tx.run(_RETIRE, [report.employer_id for report in reports], [report.month for report in reports])
    rows = [
        (
            report.report_id, report.employer_id, report.month, report.revision, True, file_id, len(report.lines),
            report.wages_rupiah, report.refused_rows, report.content_digest, reported_on,
        )
        for report in reports
    ]  # fmt: skip
    await tx.copy_rows("wage_report", _REPORT, rows)
    lines = [(report.report_id, token, wage) for report in reports for token, wage in report.lines]
    await tx.copy_rows("wage_line", _LINE, lines)
