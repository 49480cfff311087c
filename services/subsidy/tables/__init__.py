"""The tables of subsidy. Rows are written and read by ``store``, mostly as sets; these say what they hold."""

from services.subsidy.tables.base import SubsidyTable
from services.subsidy.tables.bills import Bill, Disbursement, DocumentNumber, NextBill
from services.subsidy.tables.decrees import Decree, DecreeWorker, SubsidyGrant
from services.subsidy.tables.exchange import Case, ConfirmationMatch, ConfirmedPart, ExchangeFile, PaymentLine
from services.subsidy.tables.money import Balance, FundingAmendment, FundingBudget, FundingLine, Journal, JournalEntry
from services.subsidy.tables.runs import Contribution, MonthRun, RunUnfunded, Unfunded
from services.subsidy.tables.workers import ChangedWorker, WorkerView

__all__ = [
    "Balance",
    "Bill",
    "Case",
    "ChangedWorker",
    "ConfirmationMatch",
    "ConfirmedPart",
    "Contribution",
    "Decree",
    "DecreeWorker",
    "Disbursement",
    "DocumentNumber",
    "ExchangeFile",
    "FundingAmendment",
    "FundingBudget",
    "FundingLine",
    "Journal",
    "JournalEntry",
    "MonthRun",
    "NextBill",
    "PaymentLine",
    "RunUnfunded",
    "SubsidyGrant",
    "SubsidyTable",
    "Unfunded",
    "WorkerView",
]
