"""What the API gives, and how it is made of records. Amounts are whole rupiah by programme (JKK, JKM)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel

from services.subsidy import store
from services.subsidy.handlers.disbursements import paid_amounts
from services.subsidy.rules.cases import CaseKind, case_kinds
from services.subsidy.rules.values import amounts_of
from services.subsidy.store.funding import Funding
from services.subsidy.tables import Bill, Case, Decree, Disbursement, FundingAmendment, MonthRun, SubsidyTable
from shared.cases import CaseTexts
from shared.database import Transaction
from shared.periods import Month

RecordT = TypeVar("RecordT")
AnswerT = TypeVar("AnswerT", bound=BaseModel)


async def answered(record: Awaitable[RecordT], answer: Callable[[RecordT], AnswerT]) -> AnswerT:
    """The answer to a command, made of the record that its handler gives."""
    return answer(await record)


class _Answer(BaseModel):
    @classmethod
    def _from(cls, row: SubsidyTable, **computed: Any) -> Self:
        """What an answer has in common with a row, and what is ``computed``."""
        copied = {name: getattr(row, name) for name in cls.model_fields if name not in computed}
        return cls(**copied, **computed)


class FundingLineAnswer(_Answer):
    """A funding line."""

    funding_line_id: UUID
    reference: str
    state: str
    funding_source: str
    region_code: str
    office: str
    budget_year: int
    first_month: Month
    last_month: Month
    amounts_rupiah: dict[str, int]
    budget_accounts: dict[str, str]
    worker_quota: int | None
    legal_basis: str

    @classmethod
    def of(cls, funding: Funding, **computed: Any) -> Self:
        """As it is on record."""
        amounts, accounts = funding.amounts.by_programme(), dict(funding.budget_accounts)
        return cls._from(funding.line, amounts_rupiah=amounts, budget_accounts=accounts, **computed)


class LineBalances(FundingLineAnswer):
    """A funding line with where its money is."""

    balances_rupiah: dict[str, dict[str, int]]


class AmendmentAnswer(_Answer):
    """A budget change."""

    amendment_id: UUID
    state: str
    amounts_rupiah: dict[str, int]

    @classmethod
    def of(cls, amendment: FundingAmendment) -> Self:
        """As it is on record."""
        return cls._from(amendment, amounts_rupiah=amounts_of(amendment).by_programme())


class DecreeAnswer(_Answer):
    """A decree; granted counts how far the job is. eligible counts who could be chosen before limits."""

    decree_id: UUID
    number: str
    state: str
    funding_line_id: UUID
    group_id: UUID
    first_month: Month
    last_month: Month
    region_codes: list[str]
    max_workers: int | None
    workers: int
    eligible: int
    content_sha256: str
    granted: int

    @classmethod
    def of(cls, decree: Decree) -> Self:
        """As it is on record."""
        return cls._from(decree)


class MonthRunAnswer(_Answer):
    """A run. waiting: granted but without cover in this month yet. amount_rupiah: of what is due."""

    month_run_id: UUID
    funding_line_id: UUID
    month: Month
    state: str
    assessing: bool
    due_on: date | None
    candidates: int
    due: int
    unfunded: int
    unfunded_by_reason: dict[str, int]
    waiting: int
    amount_rupiah: int
    amounts_rupiah: dict[str, int]

    @classmethod
    async def of(cls, tx: Transaction, run: MonthRun) -> Self:
        """With its figures of now."""
        lacking = await store.contributions.unfunded_counts(tx, run.month_run_id)
        by_reason = {reason: group.workers for reason, group in lacking.items()}
        candidates = await store.contributions.candidates(tx, run.funding_line_id, run.month)
        unfunded = sum(by_reason.values())
        return cls._from(
            run,
            candidates=candidates,
            due=run.due_count,
            unfunded=unfunded,
            unfunded_by_reason=by_reason,
            waiting=candidates - run.due_count - unfunded,
            amount_rupiah=amounts_of(run).total_rupiah,
            amounts_rupiah=amounts_of(run).by_programme(),
        )


class BillAnswer(_Answer):
    """A bill of one group and month."""

    bill_id: UUID
    month_run_id: UUID
    group_id: UUID
    month: Month
    state: str
    kode_iuran: str | None
    worker_count: int
    amounts_rupiah: dict[str, int]
    amount_rupiah: int

    @classmethod
    def of(cls, bill: Bill, **computed: Any) -> Self:
        """As it is on record."""
        amounts = amounts_of(bill)
        return cls._from(bill, amounts_rupiah=amounts.by_programme(), amount_rupiah=amounts.total_rupiah, **computed)


class CutBills(BillAnswer):
    """The first bill of a cut; further groups have their own."""

    other_bill_ids: list[UUID]

    @classmethod
    def of_all(cls, bills: list[Bill]) -> Self:
        """What a cut has made."""
        first, *others = bills
        return cls.of(first, other_bill_ids=[bill.bill_id for bill in others])


class DisbursementAnswer(_Answer):
    """A disbursement and how far it is."""

    disbursement_id: UUID
    bill_id: UUID
    state: str
    amount_rupiah: int
    worker_count: int
    spp_number: str
    spm_number: str | None
    sp2d_number: str | None
    instructed_on: date | None
    paid_count: int
    paid_rupiah: int
    outstanding_rupiah: int

    @classmethod
    def of(cls, disbursement: Disbursement) -> Self:
        """As it is on record."""
        amounts, paid = amounts_of(disbursement), paid_amounts(disbursement)
        return cls._from(
            disbursement,
            amount_rupiah=amounts.total_rupiah,
            paid_rupiah=paid.total_rupiah,
            outstanding_rupiah=amounts.minus(paid).total_rupiah,
        )


class CaseAnswer(_Answer, CaseTexts):
    """What a person has to look at."""

    case_id: UUID
    kind: CaseKind
    subject: str
    region_code: str
    details: dict[str, int | str]
    opened_at: datetime
    closed_at: datetime | None

    @classmethod
    def of(cls, case: Case) -> Self:
        """With what its kind means and what to do."""
        return cls._from(case, **case_kinds().texts(case.kind))


class ContributionFigures(BaseModel):
    """Workers' months."""

    due: int
    paid: int
    unfunded: int
    outstanding: int
    due_rupiah: int
    paid_rupiah: int
    unfunded_by_reason: dict[str, int]


class Summary(BaseModel):
    """Figures of the caller's area."""

    verified: int
    verified_by_region: dict[str, int]
    granted: int
    enrolled: int
    contributions: ContributionFigures
    bills: dict[str, int]
    cases: int
