"""Funding lines: drafted by one person, opened by another, amended in the same two steps, and warned of in time."""

from __future__ import annotations

from uuid import UUID

from services.subsidy import store
from services.subsidy.handlers.visible import lock_line, lock_open_line
from services.subsidy.rules.assessment import UnfundedReason
from services.subsidy.rules.budget import forecast
from services.subsidy.rules.ledger import Account, Move
from services.subsidy.rules.rulebook import Rulebook
from services.subsidy.rules.states import AmendmentState, LineState
from services.subsidy.rules.values import NOTHING, PROGRAMMES, Amounts, amounts_of
from services.subsidy.store.contributions import Lacking
from services.subsidy.store.funding import Funding
from services.subsidy.tables import FundingAmendment, MonthRun
from shared import audit
from shared.access.areas import AreaScope
from shared.access.errors import NotVisibleError, RefusedError
from shared.access.maker_checker import require_second_person
from shared.clock import local_date
from shared.contracts.events.funding_changed import FundingChanged
from shared.contracts.events.funding_opened import FundingOpened
from shared.contracts.events.funding_running_out import FundingRunningOut
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork
from shared.money import Rupiah
from shared.periods import Month


async def draft_line(uow: UnitOfWork, funding: Funding) -> Funding:
    """Enter a funding line that waits for approval. Raises RefusedError when its reference is taken."""
    line = funding.line
    if not await store.funding.add(uow, funding):
        raise RefusedError("reference-taken")
    details = {"amount_rupiah": funding.amounts.total_rupiah, "budget_year": line.budget_year}
    await audit.record(uow, uow.moment, line.created_by, "draft-line", f"funding_line {line.funding_line_id}", details)
    return funding


async def approve_line(uow: UnitOfWork, line_id: UUID, actor: str, areas: AreaScope) -> Funding:
    """Open a line: from now on its budget can be reserved, never beyond.

    Raises NotVisibleError, RefusedError, and SamePersonError for its maker.
    """
    draft = await lock_line(uow, line_id, areas)
    require_second_person(draft.line.created_by, actor)
    if draft.line.state != LineState.DRAFT:
        raise RefusedError("not-waiting-for-approval")
    funding = await store.funding.open(uow, draft, actor)
    line = funding.line
    await store.ledger.open_accounts(uow, line_id, PROGRAMMES, Account)
    await store.ledger.post(uow, line_id, Move.BUDGET, line_id, funding.amounts)
    opened = await store.ledger.balance(uow, line_id, Account.AVAILABLE)
    require(opened == funding.amounts, "A new line has all of its budget available.")
    uow.emit(
        FundingOpened(
            aggregate_version=line.version,
            funding_line_id=line_id,
            funding_source=line.funding_source,
            region_code=line.region_code,
            office=line.office,
            budget_year=line.budget_year,
            first_month=Month.parse(line.first_month),
            last_month=Month.parse(line.last_month),
            amounts_rupiah=funding.amounts.for_event(),
            amount_rupiah=Rupiah(funding.amounts.total_rupiah),
            budget_accounts=dict(funding.budget_accounts),
            worker_quota=line.worker_quota,
            opened_on=local_date(uow.moment),
            legal_basis=line.legal_basis,
        )
    )
    await audit.record(uow, uow.moment, actor, "approve-line", f"funding_line {line_id}")
    return funding


async def draft_amendment(
    uow: UnitOfWork, line_id: UUID, amounts: Amounts, legal_basis: str, actor: str, areas: AreaScope
) -> FundingAmendment:
    """Ask for another budget (the whole new one). Raises NotVisibleError and RefusedError."""
    await lock_open_line(uow, line_id, areas)
    amendment = FundingAmendment(
        amendment_id=uow.ids.next(),
        funding_line_id=line_id,
        jkk_rupiah=amounts.jkk_rupiah,
        jkm_rupiah=amounts.jkm_rupiah,
        legal_basis=legal_basis,
        state=AmendmentState.DRAFT,
        created_by=actor,
        created_at=uow.moment,
    )
    await store.funding.add_amendment(uow, amendment)
    details: dict[str, str | int] = {"funding_line_id": str(line_id), "amount_rupiah": amounts.total_rupiah}
    await audit.record(uow, uow.moment, actor, "draft-amendment", f"amendment {amendment.amendment_id}", details)
    return amendment


async def approve_amendment(
    uow: UnitOfWork, line_id: UUID, amendment_id: UUID, actor: str, areas: AreaScope
) -> FundingAmendment:
    """The new budget holds; open runs of the line look again at whom they could not pay.

    Raises NotVisibleError, RefusedError (also when more than the new budget is used already), SamePersonError.
    """
    funding = await lock_line(uow, line_id, areas)
    draft = await store.funding.amendment(uow, line_id, amendment_id)
    if draft is None:
        raise NotVisibleError
    require_second_person(draft.created_by, actor)
    if draft.state != AmendmentState.DRAFT:
        raise RefusedError("not-waiting-for-approval")
    amounts = amounts_of(draft)
    change = amounts.minus(funding.amounts)
    available = await store.ledger.balance(uow, line_id, Account.AVAILABLE)
    if min(available.plus(change)) < 0:
        used = funding.amounts.minus(available)
        raise RefusedError("budget-below-use", jkk_rupiah=used.jkk_rupiah, jkm_rupiah=used.jkm_rupiah)
    if any(change):
        await store.ledger.post(uow, line_id, Move.BUDGET, amendment_id, change)
    await store.funding.change_budget(uow, line_id, amounts)
    amendment = await store.funding.approve_amendment(uow, amendment_id, actor)
    await store.runs.again_for_line(uow, line_id)
    after = await store.ledger.balance(uow, line_id, Account.AVAILABLE)
    require(after == available.plus(change), "What the budget gains or loses, the money available does.")
    require(funding.amounts.minus(available) == amounts.minus(after), "An amendment uses no money.")
    uow.emit(_changed(uow, funding, amendment, await store.funding.next_version(uow, line_id)))
    await audit.record(uow, uow.moment, actor, "approve-amendment", f"amendment {amendment_id}")
    return amendment


def _changed(uow: UnitOfWork, funding: Funding, amendment: FundingAmendment, version: int) -> FundingChanged:
    line, amounts = funding.line, amounts_of(amendment)
    return FundingChanged(
        aggregate_version=version,
        funding_line_id=line.funding_line_id,
        funding_source=line.funding_source,
        region_code=line.region_code,
        office=line.office,
        budget_year=line.budget_year,
        first_month=Month.parse(line.first_month),
        last_month=Month.parse(line.last_month),
        amounts_rupiah=amounts.for_event(),
        amount_rupiah=Rupiah(amounts.total_rupiah),
        budget_accounts=dict(funding.budget_accounts),
        worker_quota=line.worker_quota,
        changed_on=local_date(uow.moment),
        reason="budget-amended",
        previous_amount_rupiah=Rupiah(funding.amounts.total_rupiah),
        legal_basis=amendment.legal_basis,
    )


async def warn_if_running_out(uow: UnitOfWork, funding: Funding, run: MonthRun, rulebook: Rulebook) -> None:
    """After a pass of ``run``: say so when the line will not reach its last month, once per forecast."""
    line = funding.line
    unpaid = await store.contributions.unfunded_counts(uow, run.month_run_id)
    short = unpaid.get(UnfundedReason.BUDGET_EXHAUSTED, Lacking(0, NOTHING))
    need = amounts_of(run).plus(short.amounts)
    if run.due_count + short.workers == 0:
        return
    available = await store.ledger.balance(uow, line.funding_line_id, Account.AVAILABLE)
    coming = forecast(
        available=available,
        monthly_need=need,
        run_month=Month.parse(run.month),
        last_month=Month.parse(line.last_month),
        warn_below=rulebook.warning_months,
    )
    lasts_until = str(coming.last_funded_month or "none")
    if not coming.warn or line.warned_month == lasts_until:
        return
    paid = await store.ledger.balance(uow, line.funding_line_id, Account.PAID)
    used = funding.amounts.minus(available)
    require(paid.fits(used), "What is paid was reserved before.")
    require(used.fits(funding.amounts), "A line is never overspent.")
    version = await store.funding.next_version(uow, line.funding_line_id, warned_month=lasts_until)
    uow.emit(
        FundingRunningOut(
            aggregate_version=version,
            funding_line_id=line.funding_line_id,
            funding_source=line.funding_source,
            region_code=line.region_code,
            office=line.office,
            budget_year=line.budget_year,
            amount_rupiah=Rupiah(funding.amounts.total_rupiah),
            reserved_rupiah=Rupiah(used.minus(paid).total_rupiah),
            spent_rupiah=Rupiah(paid.total_rupiah),
            monthly_need_rupiah=Rupiah(need.total_rupiah),
            last_funded_month=coming.last_funded_month,
            worker_count=run.due_count + short.workers,
            noticed_on=local_date(uow.moment),
        )
    )
