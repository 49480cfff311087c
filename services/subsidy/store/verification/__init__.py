"""Finds rows that break a promise: each question gives the rows and a sentence, and nothing where all is well."""

from services.subsidy.store.verification.decisions import (
    contributions_as_granted,
    decrees_as_approved,
    grants_equal_decrees,
    nobody_forgotten,
    runs_equal_contributions,
    two_people,
)
from services.subsidy.store.verification.ledger import (
    balances_equal_contributions,
    balances_equal_entries,
    batches_equal_contributions,
    budget_never_exceeded,
    journals_balance,
)
from services.subsidy.store.verification.lines import (
    bills_equal_lines,
    disbursements_equal_bills,
    files_applied,
    months_claimed_once,
    payments_equal_contributions,
)

__all__ = [
    "balances_equal_contributions",
    "balances_equal_entries",
    "batches_equal_contributions",
    "bills_equal_lines",
    "budget_never_exceeded",
    "contributions_as_granted",
    "decrees_as_approved",
    "disbursements_equal_bills",
    "files_applied",
    "grants_equal_decrees",
    "journals_balance",
    "months_claimed_once",
    "nobody_forgotten",
    "payments_equal_contributions",
    "runs_equal_contributions",
    "two_people",
]
