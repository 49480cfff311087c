"""What compliance promises about its data, as checks that anybody can run, and what it says to others as facts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from services.compliance.rules.lateness import PaidPart, ageing_class, fine_rate, lateness, months_late
from services.compliance.rules.tariff import tariff_of
from services.compliance.store import ageing
from services.compliance.store import checks as questions
from shared.database import Transaction
from shared.periods import Month
from shared.verification import MAX_BROKEN, Broken, Check, Facts, Verification


def _asks(name: str, promise: str, question: str) -> Check:
    async def find(tx: Transaction) -> Sequence[Broken]:
        return await questions.broken(tx, question)

    return Check(name, promise, find)


async def _lines(tx: Transaction) -> Sequence[Broken]:
    tariffs = [tariff_of(Month.parse(month)) for month in await questions.assessed_months(tx)]
    return await questions.wrong_lines(tx, tariffs)


async def _fines(tx: Transaction) -> Sequence[Broken]:
    """Every fine anew from the days of payment, until the day that it was counted to."""
    found: list[Broken] = []
    async for row in questions.all_accounts(tx):
        paid = [PaidPart(date.fromisoformat(day), amount) for day, amount in json.loads(row["paid"])]
        as_of = row["fine_as_of"] or row["due_on"]
        late = lateness(row["due_on"], row["due_rupiah"], paid, fine_rate(Month.parse(row["month"])), as_of)
        if (late.fine_rupiah, late.months_late) != (row["fine_due_rupiah"], row["months_late"]):
            sentence = f"Its fine is {row['fine_due_rupiah']} rupiah and should be {late.fine_rupiah}."
            found.append(Broken(f"contribution {row['contribution_id']}", sentence))
        if len(found) == MAX_BROKEN:
            break
    return found


async def _notices(tx: Transaction) -> Sequence[Broken]:
    """Every delay was announced, and each announcement was true on its day."""
    found = await questions.broken(tx, questions.UNANNOUNCED)
    async for row in questions.all_notices(tx):
        months = months_late(row["due_on"], row["as_of"])
        if row["months_late"] != months or row["ageing_class"] != ageing_class(row["months_late"]):
            name = f"late_notice {row['contribution_id']} {row['months_late']}"
            found.append(Broken(name, f"On its day {months} months of delay had begun, or its class is another."))
        if len(found) >= MAX_BROKEN:
            break
    return found[:MAX_BROKEN]


VERIFICATION = Verification(
    checks=(
        _asks("contribution-equation", "Due = paid + outstanding, of contributions and of fines.", questions.EQUATION),
        _asks("paid-is-allocated", "What is paid is the sum of the ledger's allocations.", questions.PAID),
        _asks("payments-add-up", "Of every payment, given + left = paid; it pays its own employer.", questions.MONEY),
        _asks("totals-are-lines", "Every contribution's totals are the sums of its workers' lines.", questions.TOTALS),
        Check("lines-are-rates", "Every line is its wage at the rates and the ceiling of its month.", _lines),
        _asks("reports-add-up", "A report's counts are its lines'; the last revision holds.", questions.REPORTS),
        _asks("files-add-up", "Every row of a file has an outcome, is counted, and is on record.", questions.FILES),
        _asks("money-is-matched", "No money waits while its employer owes something.", questions.MATCHED),
        _asks("settled-when-paid", "A month is settled on the day of its last payment.", questions.SETTLED_DAYS),
        Check("fines-recomputed", "Every late fine, computed anew, is the one on record.", _fines),
        Check("delays-announced", "Every delay was announced once per begun month.", _notices),
    ),
    facts=(Facts("notice.employer-late", "source", ageing.announced),),
)
"""What `payung verify` asks of compliance."""
