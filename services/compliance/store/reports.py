"""Wage reports: one current revision per employer and month, its workers as blind-index tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.compliance.tables import WageLine, WageReport
from shared.database import Transaction
from shared.periods import Month

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


class EmployerMonth(NamedTuple):
    """What a report is about."""

    employer_id: UUID
    month: Month


class Line(NamedTuple):
    """A worker's wage; the worker is a token."""

    worker_token: bytes
    wage_rupiah: int


class Revision(NamedTuple):
    """The number of a report's revision, and the digest that tells whether another says the same."""

    number: int
    content_digest: bytes


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report to be put on record; ``refused_rows`` counts the rows of it that were refused."""

    report_id: UUID
    about: EmployerMonth
    revision: Revision
    refused_rows: int
    lines: list[Line] = field(repr=False)

    @property
    def wages_rupiah(self) -> int:
        """The sum of the reported wages."""
        return sum(line.wage_rupiah for line in self.lines)


async def current(tx: Transaction, wanted: Sequence[EmployerMonth]) -> dict[EmployerMonth, Revision]:
    """The current revision of each employer and month that has one."""
    rows = await tx.fetch(_CURRENT, [about.employer_id for about in wanted], [str(about.month) for about in wanted])
    return {
        EmployerMonth(row["employer_id"], Month.parse(row["month"])): Revision(row["revision"], row["content_digest"])
        for row in rows
    }


async def add(tx: Transaction, reports: Sequence[NewReport], file_id: UUID, reported_on: date) -> None:
    """Make ``reports`` the current ones. Their employers are locked."""
    await tx.run(_RETIRE, [new.about.employer_id for new in reports], [str(new.about.month) for new in reports])
    rows = [
        (
            new.report_id, new.about.employer_id, str(new.about.month), new.revision.number, True, file_id,
            len(new.lines), new.wages_rupiah, new.refused_rows, new.revision.content_digest, reported_on,
        )
        for new in reports
    ]  # fmt: skip
    await tx.copy_rows("wage_report", list(WageReport.model_fields), rows)
    lines = [(new.report_id, line.worker_token, line.wage_rupiah) for new in reports for line in new.lines]
    await tx.copy_rows("wage_line", list(WageLine.model_fields), lines)
