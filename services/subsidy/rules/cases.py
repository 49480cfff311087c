"""The kinds of cases that subsidy opens. They close when their cause is gone, or a person closes them with a note.

Titles, advice and who settles them are in ``case_kinds.csv``.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path

from shared.cases import CaseKinds, load_case_kinds


class CaseKind(StrEnum):
    """What a case is about. The values are in the database and in answers; they are never renamed."""

    FILE_REFUSED = "file-refused"
    BUDGET_EXHAUSTED = "budget-exhausted"
    NO_ACCOUNT = "no-account"
    PAYER_CONFLICT = "payer-conflict"
    DUE_DATE_UNKNOWN = "due-date-unknown"
    LEFT_AFTER_DUE = "left-after-due"
    BILL_MISMATCH = "bill-mismatch"
    BILL_SILENT = "bill-silent"
    PAYMENT_SILENT = "payment-silent"
    CONFIRMATION_PARTIAL = "confirmation-partial"
    CONFIRMATION_MISMATCH = "confirmation-mismatch"
    DECREE_FAILING = "decree-failing"
    RUN_FAILING = "run-failing"
    SENDING_FAILING = "sending-failing"
    PAYING_FAILING = "paying-failing"


@cache
def case_kinds() -> CaseKinds[CaseKind]:
    """Every kind with its titles and advice, read once. Raises ValueError naming what to correct in the table."""
    return load_case_kinds(Path(__file__).with_name("case_kinds.csv"), CaseKind)
