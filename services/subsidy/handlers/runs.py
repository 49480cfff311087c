"""The month run: each granted and enrolled worker gets the month reserved and due, or a stated reason why not.

A chunk is one transaction under the lock of the funding line: budget, claim, contribution, journal and event exist
together or not at all, whatever runs at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.subsidy import store
from services.subsidy.handlers.assessing import assess_candidates
from services.subsidy.handlers.failing import ASSESS
from services.subsidy.handlers.funding import warn_if_running_out
from services.subsidy.handlers.visible import lock_open_line, visible
from services.subsidy.rules.cases import CaseKind
from services.subsidy.rules.rulebook import Rulebook
from services.subsidy.rules.states import RunState
from services.subsidy.rules.tariff import SECTORS, TariffUnknownError
from services.subsidy.rules.values import LOWEST_BAND
from services.subsidy.store.candidates import Candidates
from services.subsidy.store.cases import NewCase
from services.subsidy.store.funding import Funding
from services.subsidy.store.runs import RunKeys
from services.subsidy.tables import FundingLine, MonthRun
from shared import audit
from shared.access.areas import AreaScope
from shared.access.errors import RefusedError
from shared.clock import local_date
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month
from shared.service.jobs import item

CANDIDATES_PER_RUN = 15_000


async def open_run(
    uow: UnitOfWork, line_id: UUID, month: Month, actor: str, areas: AreaScope, rulebook: Rulebook
) -> MonthRun:
    """Open the run of a line and month; the job assesses. Raises NotVisibleError and RefusedError.

    Without decreed holidays there is no due date: then a case is opened, and the run waits for the decree.
    """
    line = (await lock_open_line(uow, line_id, areas)).line
    if not line.first_month <= str(month) <= line.last_month:
        raise RefusedError("month-outside-line", first_month=line.first_month, last_month=line.last_month)
    latest = Month.of(local_date(uow.moment)) + 1
    if month > latest:
        raise RefusedError("month-in-future", latest=str(latest))
    _check_tariff(line, month, rulebook)
    run = MonthRun(
        month_run_id=uow.ids.next(),
        funding_line_id=line_id,
        region_code=line.region_code,
        month=str(month),
        state=RunState.OPEN,
        due_on=rulebook.due_on(month),
        assessing=True,
        passes=1,
        due_count=0,
        jkk_rupiah=0,
        jkm_rupiah=0,
        created_by=actor,
        created_at=uow.moment,
    )
    if not await store.runs.add(uow, run):
        run_id = await store.runs.of_month(uow, line_id, month)
        raise RefusedError("month-run-known", month_run_id=str(run_id))
    if run.due_on is None:
        case = NewCase(str(run.month_run_id), run.region_code, {"month": str(month)})
        await store.cases.open(uow, CaseKind.DUE_DATE_UNKNOWN, [case])
    await audit.record(uow, uow.moment, actor, "open-run", f"month_run {run.month_run_id}", {"month": str(month)})
    return run


async def run_again(uow: UnitOfWork, run_id: UUID, actor: str, areas: AreaScope) -> MonthRun:
    """Begin a new pass: whoever has no payer yet, or came late, is looked at again. What is due stays as it is.

    A billed or closed run opens again; what it adds goes on a further bill. Raises NotVisibleError.
    """
    before = visible(await store.runs.find(uow, areas.sql_prefixes(), run_id=run_id))
    await store.funding.lock(uow, before.funding_line_id)
    run = await store.runs.again(uow, run_id)
    await audit.record(uow, uow.moment, actor, "run-again", f"month_run {run_id}", {"pass": run.passes})
    return run


async def assess_next(uow: UnitOfWork, rulebook: Rulebook, limit: int = CANDIDATES_PER_RUN) -> int:
    """Look at the next workers of the oldest run whose pass is going on. Gives how many; 0 when none is."""
    await _find_due_dates(uow, rulebook)
    pending = await store.runs.next_to_assess(uow, ASSESS)
    if pending is None:
        return 0
    run_id = pending.month_run_id
    with item(run_id):
        funding, run = await _locked(uow, pending)
        if not run.assessing:
            return 0
        candidates = await store.candidates.after(uow, run, limit)
        await _assess(uow, funding, run, candidates, rulebook)
        looked_at = [granted.worker_id for alike in candidates for granted in alike.workers]
        cursor = max(looked_at, default=run.pass_cursor)
        is_last = not await store.candidates.any_after(uow, run, cursor)
        await store.runs.advance(uow, run_id, cursor, assessing=not is_last)
        if is_last:
            await _close_solved_cases(uow, run_id)
            await warn_if_running_out(uow, funding, await store.runs.lock(uow, run_id), rulebook)
        return len(looked_at)


async def assess_changed(uow: UnitOfWork, rulebook: Rulebook, limit: int = CANDIDATES_PER_RUN) -> int:
    """Look again at workers of whom something changed, in every run that grants them. Gives how many were queued."""
    workers = await store.workers.take_queued(uow, limit)
    if not workers:
        return 0
    for keys in await store.runs.of_workers(uow, workers):
        funding, run = await _locked(uow, keys)
        await _assess(uow, funding, run, await store.candidates.among(uow, run, workers), rulebook)
    await _notice_left(uow, workers)
    return len(workers)


async def _notice_left(uow: UnitOfWork, workers: Sequence[UUID]) -> None:
    """A month that is due although the worker had left before it: it is on no further bill, and a person looks."""
    cases = [
        NewCase(
            str(due.contribution_id),
            due.region_code,
            {"month": due.month, "month_run_id": str(due.month_run_id), "paid": "yes" if due.paid else "no"},
        )
        for due in await store.contributions.after_exit(uow, workers)
    ]
    await store.cases.open(uow, CaseKind.LEFT_AFTER_DUE, cases)


async def _locked(uow: UnitOfWork, keys: RunKeys) -> tuple[Funding, MonthRun]:
    """The funding line first, then the run: everybody locks in this order."""
    return await store.funding.lock(uow, keys.funding_line_id), await store.runs.lock(uow, keys.month_run_id)


async def _assess(
    uow: UnitOfWork, funding: Funding, run: MonthRun, candidates: Sequence[Candidates], rulebook: Rulebook
) -> None:
    pending = [alike for alike in candidates if not alike.has_line]
    if pending and run.state != RunState.OPEN:
        # Only newcomers are told that the bill is cut: whoever has a reason keeps it.
        asked = [granted.worker_id for alike in pending for granted in alike.workers]
        told = await store.contributions.unfunded_among(uow, run.month_run_id, asked)
        pending = [
            replace(alike, workers=[granted for granted in alike.workers if granted.worker_id not in told])
            for alike in pending
        ]
    if any(alike.workers for alike in pending):
        await assess_candidates(uow, funding, run, pending, rulebook)


async def _close_solved_cases(uow: UnitOfWork, run_id: UUID) -> None:
    """After a pass: what no longer keeps anybody from being paid is no case any more."""
    left = await store.contributions.unfunded_counts(uow, run_id)
    for kind in (CaseKind.BUDGET_EXHAUSTED, CaseKind.NO_ACCOUNT):  # named as the reasons are
        if kind not in left:
            await store.cases.close(uow, kind, [str(run_id)])


def _check_tariff(line: FundingLine, month: Month, rulebook: Rulebook) -> None:
    """Find out now, not in the job, that a month has no price. Raises RefusedError."""
    try:
        for sector in SECTORS:
            rulebook.tariff.rate(band=LOWEST_BAND, sector=sector, funding_source=line.funding_source, month=month)
    except TariffUnknownError:
        raise RefusedError("tariff-unknown") from None


async def _find_due_dates(uow: UnitOfWork, rulebook: Rulebook) -> None:
    for run_id, month in await store.runs.without_due_date(uow):
        due_on = rulebook.due_on(month)
        if due_on is not None:
            await store.runs.set_due_date(uow, run_id, due_on)
            await store.cases.close(uow, CaseKind.DUE_DATE_UNKNOWN, [str(run_id)])
