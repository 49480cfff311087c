"""Three-way match: the roster of a bill (whom we asked for), the bill (what BPJS asks), the confirmation (what came).

A difference is named by a code; with any difference nothing moves, and a person looks at the case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.subsidy.rules.values import Amounts
from shared.invariants import require

# BPJS prints kode iuran with 11 or 12 digits; it is text, leading zeros count.
_KODE_IURAN = re.compile(r"[0-9]{11,12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Expected:
    """The bill as it was requested."""

    bill_id: UUID
    group_id: UUID
    month: str
    worker_count: int
    amounts: Amounts


@dataclass(frozen=True, slots=True)
class ReceivedBill:
    """The bill as BPJS sent it; ``trailer_rupiah`` is the file's own total."""

    bill_id: str
    kode_iuran: str
    group_id: str
    month: str
    worker_count: int
    amounts: Amounts
    total_rupiah: int
    trailer_rupiah: int
    due_on: date


def bill_differences(expected: Expected, answer: ReceivedBill) -> list[str]:
    """What does not agree, as codes; empty when the bill may be paid."""
    checks = {
        "bill-reference": answer.bill_id != str(expected.bill_id),
        "kode-iuran-malformed": not _KODE_IURAN.fullmatch(answer.kode_iuran),
        "group": answer.group_id != str(expected.group_id),
        "month": answer.month != expected.month,
        "worker-count": answer.worker_count != expected.worker_count,
        "jkk-amount": answer.amounts.jkk_rupiah != expected.amounts.jkk_rupiah,
        "jkm-amount": answer.amounts.jkm_rupiah != expected.amounts.jkm_rupiah,
        "total": answer.total_rupiah != answer.amounts.total_rupiah or answer.trailer_rupiah != answer.total_rupiah,
    }
    return [code for code, differs in checks.items() if differs]


def days_possible(ordered_on: date, today: date, days: Iterable[tuple[date, date]]) -> bool:
    """Whether ``days`` of payment and confirmation can be: money leaves after the SP2D orders it, is confirmed after it
    has left, and neither lies in the future.
    """
    return all(ordered_on <= paid_on <= confirmed_on <= today for paid_on, confirmed_on in days)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A confirmation file, compared row by row with the bill's roster: how many rows are of which kind.

    ``fresh`` rows agree and are not paid yet, ``paid_before`` rows agree and were paid before.
    """

    rows: int
    fresh: int
    paid_before: int
    unknown_worker: int
    other_amount: int
    other_month: int
    other_kode_iuran: int
    fresh_amounts: Amounts
    sum_rupiah: int
    trailer_rupiah: int


def confirmation_differences(confirmed: Confirmed) -> list[str]:
    """What does not agree, as codes; empty when its fresh rows may be paid."""
    checks = {
        "empty": confirmed.rows == 0,
        "kode-iuran": confirmed.other_kode_iuran > 0,
        "unknown-worker": confirmed.unknown_worker > 0,
        "month": confirmed.other_month > 0,
        "amount": confirmed.other_amount > 0,
        "total": confirmed.sum_rupiah != confirmed.trailer_rupiah,
    }
    differences = [code for code, differs in checks.items() if differs]
    if not differences:
        require(
            confirmed.fresh + confirmed.paid_before == confirmed.rows, "Every row that agrees is either new or known."
        )
        require(
            confirmed.fresh_amounts.total_rupiah <= confirmed.sum_rupiah,
            "What is newly confirmed is no more than what the file confirms.",
        )
    return differences
