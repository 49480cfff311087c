"""What compliance promises about its data, as checks that anybody can run, and what it says to others as facts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from services.compliance import store
from services.compliance.rules.lateness import PaidPart, lateness, months_late
from services.compliance.rules.rulebook import Rulebook
from shared.database import Transaction
from shared.periods import Month
from shared.verification import MAX_BROKEN, Broken, Check, Verification, broken, check, facts


def _lines(rulebook: Rulebook) -> Check:
    async def find(tx: Transaction) -> Sequence[Broken]:
        tariffs = [rulebook.tariffs.tariff(month) for month in await store.checks.assessed_months(tx)]
        return await store.checks.wrong_lines(tx, tariffs)

    return Check("lines-are-rates", "Every line is its wage at the rates and the ceiling of its month.", find)


def _fines(rulebook: Rulebook) -> Check:
    """Every fine anew from the days of payment, until the day that it was counted to."""

    async def find(tx: Transaction) -> Sequence[Broken]:
        wrong: list[Broken] = []
        async for row in store.checks.all_accounts(tx):
            paid = [PaidPart(date.fromisoformat(day), amount) for day, amount in json.loads(row["paid"])]
            rate = rulebook.lateness.fine_rate(Month.parse(row["month"]))
            late = lateness(row["due_on"], row["due_rupiah"], paid, rate, row["fine_as_of"] or row["due_on"])
            if (late.fine_rupiah, late.months_late) != (row["fine_due_rupiah"], row["months_late"]):
                sentence = f"Its fine is {row['fine_due_rupiah']} rupiah and should be {late.fine_rupiah}."
                wrong.append(Broken(f"contribution {row['contribution_id']}", sentence))
            if len(wrong) == MAX_BROKEN:
                break
        return wrong

    return Check("fines-recomputed", "Every late fine, computed anew, is the one on record.", find)


def _notices(rulebook: Rulebook) -> Check:
    """Every delay was announced, and each announcement was true on its day."""

    async def find(tx: Transaction) -> Sequence[Broken]:
        wrong = await broken(tx, store.checks.UNANNOUNCED)
        async for row in store.checks.all_notices(tx):
            months = months_late(row["due_on"], row["as_of"])
            ageing_class = rulebook.lateness.ageing_class(row["months_late"])
            if row["months_late"] != months or row["ageing_class"] != ageing_class:
                name = f"late_notice {row['contribution_id']} {row['months_late']}"
                wrong.append(Broken(name, f"On its day {months} months of delay had begun, or its class is another."))
            if len(wrong) >= MAX_BROKEN:
                break
        return wrong[:MAX_BROKEN]

    return Check("delays-announced", "Every delay was announced once per begun month.", find)


def verification(rulebook: Rulebook) -> Verification:
    """What `payung verify` asks of compliance."""
    ask = store.checks
    return Verification(
        checks=(
            check("contribution-equation", "Due = paid + outstanding, of contributions and of fines.", ask.EQUATION),
            check("paid-is-allocated", "What is paid is the sum of the ledger's allocations.", ask.PAID),
            check("payments-add-up", "Of every payment, given + left = paid; it pays its own employer.", ask.MONEY),
            check("totals-are-lines", "Every contribution's totals are the sums of its workers' lines.", ask.TOTALS),
            _lines(rulebook),
            check("reports-add-up", "A report's counts are its lines'; the last revision holds.", ask.REPORTS),
            check("files-add-up", "Every row of a file has an outcome, is counted, and is on record.", ask.FILES),
            check("money-is-matched", "No money waits while its employer owes something.", ask.MATCHED),
            check("settled-when-paid", "A month is settled on the day of its last payment.", ask.SETTLED_DAYS),
            _fines(rulebook),
            _notices(rulebook),
        ),
        facts=(facts("notice.employer-late", "source", store.facts.ANNOUNCED),),
    )
