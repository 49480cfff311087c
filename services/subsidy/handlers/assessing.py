"""One chunk of a month run: who is to be paid, what it costs, whose money it is, and who has to be told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.subsidy import store
from services.subsidy.rules import (
    ASSESS,
    BUDGET_EXHAUSTED,
    NO_ACCOUNT,
    NOT_ELIGIBLE,
    PAYER_CONFLICT,
    PROGRAMMES,
    RUN_BILLED,
    WAIT,
    Amounts,
    Rulebook,
    Standing,
    affordable,
    assess,
    hold,
    journal,
    total_of,
)
from services.subsidy.store.cases import NewCase
from services.subsidy.store.contributions import Line, Unpaid
from services.subsidy.store.funding import FundingLine
from services.subsidy.store.runs import MonthRun
from shared.clock import local_date
from shared.contracts.events.contribution_due import ContributionDue
from shared.contracts.events.contribution_unfunded import ContributionUnfunded
from shared.ids import WorkerId
from shared.messaging.outbox import UnitOfWork
from shared.money import Rupiah


async def assess_candidates(
    line: FundingLine, run: MonthRun, rows: Sequence[Any], book: Rulebook, uow: UnitOfWork
) -> None:
    """Assess ``rows`` (granted workers without a line in this run, in order of worker). Line and run are locked."""
    lines: list[Line] = []
    unpaid: list[Unpaid] = []
    general = _reason_for_all(line, run)
    for row in rows:
        verdict = assess(_standing(row), str(run.month)) if row["region_code"] is not None else WAIT
        if verdict == WAIT:
            continue
        made = _line(line, run, row, book, uow)
        reason = general or (NOT_ELIGIBLE if verdict == NOT_ELIGIBLE else PAYER_CONFLICT if row["claimed"] else None)
        if reason is None:
            hold(verdict == ASSESS, "Only who may be subsidised is assessed.")
            lines.append(made)
        else:
            unpaid.append(_unpaid(made, reason))
    funded, left_over = await _fund(line, run, lines, uow)
    unpaid += left_over
    hold(len(funded) + len(left_over) == len(lines), "Nobody is lost between due and unfunded.")
    _announce_due(line, run, funded, uow)
    await _announce_unfunded(line, run, unpaid, uow)


def _reason_for_all(line: FundingLine, run: MonthRun) -> str | None:
    """Why nobody of this run can be paid now, if that is so."""
    if set(PROGRAMMES) - set(line.budget_accounts):
        return NO_ACCOUNT
    return None if run.state == "open" else RUN_BILLED


async def _fund(
    line: FundingLine, run: MonthRun, lines: list[Line], uow: UnitOfWork
) -> tuple[list[Line], list[Unpaid]]:
    """Reserve as far as the budget reaches, first come first served, and claim each month; gives both halves."""
    before = await store.ledger.balance(uow, line.funding_line_id, "available")
    funded: list[Line] = []
    unpaid: list[Unpaid] = []
    available = before
    while lines:
        count = affordable(available, [one.amounts for one in lines])
        taken, lines = lines[:count], lines[count:]
        if not taken:
            break
        lost = await store.contributions.claim(uow, str(run.month), taken)
        won = [one for one in taken if one.worker_id not in lost]
        unpaid += [_unpaid(one, PAYER_CONFLICT) for one in taken if one.worker_id in lost]
        funded += won
        available = available.minus(total_of(one.amounts for one in won))
        if not lost:  # whoever is left does not fit; after a lost claim some of them may
            break
    unpaid += [_unpaid(one, BUDGET_EXHAUSTED) for one in lines]
    if funded:
        await _reserve(line, run, funded, before, uow)
    return funded, unpaid


async def _reserve(line: FundingLine, run: MonthRun, funded: list[Line], before: Amounts, uow: UnitOfWork) -> None:
    total = total_of(one.amounts for one in funded)
    hold(total.fits(before), "No more is reserved than is available, in any programme.")
    entries = journal("reserve", total)
    journal_id = await store.ledger.post(uow, line.funding_line_id, "reserve", run.month_run_id, entries)
    if run.due_on is None:
        raise ValueError("A run without a due date assesses nobody.")
    await store.contributions.add(uow, run, run.due_on, journal_id, funded)
    if run.passes > 1:
        solved = [f"{one.worker_id}|{run.month_run_id}" for one in funded]
        await store.cases.close_cases(uow, PAYER_CONFLICT, solved)
    await store.runs.add_due(uow, run.month_run_id, len(funded), total)
    after = await store.ledger.balance(uow, line.funding_line_id, "available")
    hold(after.plus(total) == before, "What is reserved is taken from what was available, to the rupiah.")


def _announce_due(line: FundingLine, run: MonthRun, funded: Sequence[Line], uow: UnitOfWork) -> None:
    if not funded or run.due_on is None:
        return
    due_on = run.due_on
    uow.emit_all(
        ContributionDue(
            aggregate_version=1,
            contribution_id=one.contribution_id,
            payer_kind="subsidy",
            subject_id=one.worker_id,
            region_code=one.region_code,
            occupation_code=one.occupation_code,
            month=run.month,
            amounts_rupiah=one.amounts.for_event(),
            amount_rupiah=Rupiah(one.amounts.total_rupiah),
            due_on=due_on,
            worker_count=1,
            funding_line_id=line.funding_line_id,
            group_id=one.group_id,
            income_band=one.income_band,
            tariff=one.tariff,
        )
        for one in funded
    )


async def _announce_unfunded(line: FundingLine, run: MonthRun, unpaid: Sequence[Unpaid], uow: UnitOfWork) -> None:
    if not unpaid:
        return
    noticed_on = local_date(uow.moment)
    versions = await store.contributions.add_unfunded(uow, run, noticed_on, unpaid)
    uow.emit_all(
        ContributionUnfunded(
            aggregate_version=versions[one.worker_id],
            worker_id=WorkerId(one.worker_id),
            region_code=one.region_code,
            occupation_code=one.occupation_code,
            month=run.month,
            amounts_rupiah=one.amounts.for_event(),
            amount_rupiah=Rupiah(one.amounts.total_rupiah),
            reason=one.reason,
            noticed_on=noticed_on,
            funding_line_id=line.funding_line_id,
        )
        for one in unpaid
        if one.worker_id in versions
    )
    await _open_cases(line, run, unpaid, uow)


async def _open_cases(line: FundingLine, run: MonthRun, unpaid: Sequence[Unpaid], uow: UnitOfWork) -> None:
    """A case for each double payer, and one for a run that money or an account fails."""
    facts = {"month": str(run.month), "month_run_id": str(run.month_run_id)}
    conflicts = [
        NewCase(f"{one.worker_id}|{run.month_run_id}", one.region_code, facts)
        for one in sorted(unpaid)
        if one.reason == PAYER_CONFLICT
    ]
    await store.cases.open_cases(uow, PAYER_CONFLICT, conflicts)
    for reason in (BUDGET_EXHAUSTED, NO_ACCOUNT):
        if any(one.reason == reason for one in unpaid):
            subject = str(run.month_run_id)
            case = NewCase(subject, line.region_code, {"month": str(run.month), "reference": line.reference})
            await store.cases.open_cases(uow, reason, [case])


def _line(line: FundingLine, run: MonthRun, row: Any, book: Rulebook, uow: UnitOfWork) -> Line:
    rate = book.tariff.rate(
        band=row["income_band"],
        sector=book.tariff.sector_of(row["occupation_code"]),
        funding_source=line.funding_source,
        month=run.month,
    )
    return Line(
        contribution_id=uow.ids.next(),
        grant_id=row["grant_id"],
        group_id=row["group_id"],
        worker_id=row["worker_id"],
        region_code=row["region_code"],
        occupation_code=row["occupation_code"],
        income_band=row["income_band"],
        tariff=rate.tariff,
        amounts=rate.amounts,
    )


def _unpaid(line: Line, reason: str) -> Unpaid:
    return Unpaid(line.worker_id, line.region_code, line.occupation_code, reason, line.amounts)


def _standing(row: Any) -> Standing:
    return Standing(
        decision=row["decision"],
        cover_from=row["cover_from"],
        enrolled_version=row["enrolled_version"],
        lapsed_version=row["lapsed_version"],
        exited_version=row["exited_version"],
        last_covered_month=row["last_covered_month"],
        employed_from=row["employed_from"],
        employed_until=row["employed_until"],
        participant_kind=row["participant_kind"],
    )
