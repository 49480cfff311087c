"""Funding lines: drafted by one person, opened by another, amended in the same two steps, and warned of in time."""

from __future__ import annotations

from uuid import UUID

from services.subsidy import store
from services.subsidy.rules.budget import forecast
from services.subsidy.rules.ledger import ACCOUNTS, journal
from services.subsidy.rules.rulebook import Rulebook
from services.subsidy.rules.values import PROGRAMMES, Amounts
from services.subsidy.store.funding import Amendment, FundingLine
from services.subsidy.store.runs import MonthRun
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


async def draft_line(uow: UnitOfWork, line: FundingLine) -> FundingLine:
    """Enter a funding line that waits for approval. Raises RefusedError when its reference is taken."""
    if not await store.funding.add(uow, line, uow.moment):
        raise RefusedError("reference-taken")
    details = {"amount_rupiah": line.amounts.total_rupiah, "budget_year": line.budget_year}
    await audit.record(uow, uow.moment, line.created_by, "draft-line", f"funding_line {line.funding_line_id}", details)
    return line


async def approve_line(uow: UnitOfWork, line_id: UUID, actor: str, areas: AreaScope) -> FundingLine:
    """Open a line: from now on its budget can be reserved, never beyond.

    Raises NotVisibleError, RefusedError, and SamePersonError for its maker.
    """
    line = await store.funding.lock(uow, line_id, areas.sql_prefixes())
    if line is None:
        raise NotVisibleError
    require_second_person(line.created_by, actor)
    if line.state != "draft":
        raise RefusedError("not-waiting-for-approval")
    await store.funding.open_line(uow, line_id, actor, uow.moment)
    await store.ledger.open_accounts(uow, line_id, PROGRAMMES, ACCOUNTS)
    await store.ledger.post(uow, line_id, "budget", line_id, journal("budget", line.amounts))
    opened = await store.ledger.balance(uow, line_id, "available")
    require(opened == line.amounts, "A new line has all of its budget available.")
    uow.emit(
        FundingOpened(
            aggregate_version=line.version,
            funding_line_id=line_id,
            funding_source=line.funding_source,
            region_code=line.region_code,
            office=line.office,
            budget_year=line.budget_year,
            first_month=line.first_month,
            last_month=line.last_month,
            amounts_rupiah=line.amounts.for_event(),
            amount_rupiah=Rupiah(line.amounts.total_rupiah),
            budget_accounts=dict(line.budget_accounts),
            worker_quota=line.worker_quota,
            opened_on=local_date(uow.moment),
            legal_basis=line.legal_basis,
        )
    )
    await audit.record(uow, uow.moment, actor, "approve-line", f"funding_line {line_id}")
    return line


async def draft_amendment(
    uow: UnitOfWork, line_id: UUID, amounts: Amounts, legal_basis: str, actor: str, areas: AreaScope
) -> Amendment:
    """Ask for another budget (the whole new one). Raises NotVisibleError and RefusedError."""
    line = await store.funding.lock(uow, line_id, areas.sql_prefixes())
    if line is None:
        raise NotVisibleError
    if line.state != "open":
        raise RefusedError("line-not-open")
    amendment = Amendment(uow.ids.next(), amounts, legal_basis, "draft", actor)
    await store.funding.add_amendment(uow, line_id, amendment, uow.moment)
    details: dict[str, str | int] = {"funding_line_id": str(line_id), "amount_rupiah": amounts.total_rupiah}
    await audit.record(uow, uow.moment, actor, "draft-amendment", f"amendment {amendment.amendment_id}", details)
    return amendment


async def approve_amendment(
    uow: UnitOfWork, line_id: UUID, amendment_id: UUID, actor: str, areas: AreaScope
) -> Amendment:
    """The new budget holds; open runs of the line look again at whom they could not pay.

    Raises NotVisibleError, RefusedError (also when more than the new budget is used already), SamePersonError.
    """
    line = await store.funding.lock(uow, line_id, areas.sql_prefixes())
    amendment = await store.funding.amendment(uow, line_id, amendment_id) if line else None
    if line is None or amendment is None:
        raise NotVisibleError
    require_second_person(amendment.created_by, actor)
    if amendment.state != "draft":
        raise RefusedError("not-waiting-for-approval")
    change = amendment.amounts.minus(line.amounts)
    available = await store.ledger.balance(uow, line_id, "available")
    if min(available.plus(change)) < 0:
        used = line.amounts.minus(available)
        raise RefusedError("budget-below-use", jkk_rupiah=used.jkk_rupiah, jkm_rupiah=used.jkm_rupiah)
    if any(change):
        await store.ledger.post(uow, line_id, "budget", amendment_id, journal("budget", change))
    await store.funding.change_budget(uow, line_id, amendment.amounts)
    await store.funding.approve_amendment(uow, amendment_id, actor, uow.moment)
    await store.runs.again_for_line(uow, line_id)
    after = await store.ledger.balance(uow, line_id, "available")
    require(after == available.plus(change), "What the budget gains or loses, the money available does.")
    require(line.amounts.minus(available) == amendment.amounts.minus(after), "An amendment uses no money.")
    uow.emit(_changed(uow, line, amendment, await store.funding.next_version(uow, line_id)))
    await audit.record(uow, uow.moment, actor, "approve-amendment", f"amendment {amendment_id}")
    return amendment


def _changed(uow: UnitOfWork, line: FundingLine, amendment: Amendment, version: int) -> FundingChanged:
    return FundingChanged(
        aggregate_version=version,
        funding_line_id=line.funding_line_id,
        funding_source=line.funding_source,
        region_code=line.region_code,
        office=line.office,
        budget_year=line.budget_year,
        first_month=line.first_month,
        last_month=line.last_month,
        amounts_rupiah=amendment.amounts.for_event(),
        amount_rupiah=Rupiah(amendment.amounts.total_rupiah),
        budget_accounts=dict(line.budget_accounts),
        worker_quota=line.worker_quota,
        changed_on=local_date(uow.moment),
        reason="budget-amended",
        previous_amount_rupiah=Rupiah(line.amounts.total_rupiah),
        legal_basis=amendment.legal_basis,
    )


async def warn_if_running_out(uow: UnitOfWork, line: FundingLine, run: MonthRun, rulebook: Rulebook) -> None:
    """After a pass of ``run``: say so when the line will not reach its last month, once per forecast."""
    unpaid = await store.contributions.unfunded_counts(uow, run.month_run_id)
    short, lacking = unpaid.get("budget-exhausted", (0, Amounts(0, 0)))
    need = run.amounts.plus(lacking)
    if run.due_count + short == 0:
        return
    available = await store.ledger.balance(uow, line.funding_line_id, "available")
    coming = forecast(
        available=available,
        monthly_need=need,
        run_month=run.month,
        last_month=line.last_month,
        warn_below=rulebook.warning_months,
    )
    lasts_until = str(coming.last_funded_month or "none")
    if not coming.warn or line.warned_month == lasts_until:
        return
    paid = await store.ledger.balance(uow, line.funding_line_id, "paid")
    used = line.amounts.minus(available)
    require(paid.fits(used), "What is paid was reserved before.")
    require(used.fits(line.amounts), "A line is never overspent.")
    version = await store.funding.next_version(uow, line.funding_line_id, warned_month=lasts_until)
    uow.emit(
        FundingRunningOut(
            aggregate_version=version,
            funding_line_id=line.funding_line_id,
            funding_source=line.funding_source,
            region_code=line.region_code,
            office=line.office,
            budget_year=line.budget_year,
            amount_rupiah=Rupiah(line.amounts.total_rupiah),
            reserved_rupiah=Rupiah(used.minus(paid).total_rupiah),
            spent_rupiah=Rupiah(paid.total_rupiah),
            monthly_need_rupiah=Rupiah(need.total_rupiah),
            last_funded_month=coming.last_funded_month,
            worker_count=run.due_count + short,
            noticed_on=local_date(uow.moment),
        )
    )
