"""One chunk of a month run: who is to be paid, what it costs, whose money it is, and who has to be told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from uuid import UUID

from services.subsidy import store
from services.subsidy.rules.assessment import UnfundedReason, Verdict, assess
from services.subsidy.rules.budget import affordable
from services.subsidy.rules.cases import CaseKind
from services.subsidy.rules.ledger import Account, Move
from services.subsidy.rules.rulebook import Rulebook
from services.subsidy.rules.states import RunState
from services.subsidy.rules.values import PROGRAMMES, Amounts, total_of
from services.subsidy.store.candidates import Candidates
from services.subsidy.store.cases import NewCase
from services.subsidy.store.contributions import Kind, Line, Unpaid
from services.subsidy.store.funding import Funding
from services.subsidy.tables import FundingLine, MonthRun
from shared.clock import local_date
from shared.contracts.events.contribution_due import ContributionDue
from shared.contracts.events.contribution_unfunded import ContributionUnfunded
from shared.ids import WorkerId
from shared.invariants import require, require_some
from shared.messaging.outbox import UnitOfWork
from shared.money import Rupiah
from shared.periods import Month


async def assess_candidates(
    uow: UnitOfWork, funding: Funding, run: MonthRun, candidates: Sequence[Candidates], rulebook: Rulebook
) -> None:
    """Assess granted workers without a line in this run. Line and run are locked."""
    lines: list[Line] = []
    unpaid: list[Unpaid] = []
    line, general = funding.line, _reason_for_all(funding, run)
    kinds: dict[tuple[UUID, str, str, int], Kind] = {}
    new_id = uow.ids.next
    for alike in candidates:
        verdict = assess(alike.standing, run.month) if alike.standing is not None else Verdict.WAIT
        if verdict is Verdict.WAIT:
            continue
        place = (alike.group_id, alike.region_code, alike.occupation_code, alike.income_band)
        kind = kinds.get(place) or kinds.setdefault(place, _kind(line, run, alike, rulebook))
        reason = general or _reason(alike, verdict)
        if reason is None:
            require(verdict is Verdict.ASSESS, "Only who may be subsidised is assessed.")
            lines += [Line(granted.worker_id, granted.grant_id, new_id(), kind) for granted in alike.workers]
        else:
            unpaid += [Unpaid(granted.worker_id, reason, kind) for granted in alike.workers]
    lines.sort()  # in order of worker: first come, first served
    funded, left_over = await _fund(uow, line, run, lines)
    unpaid += left_over
    require(len(funded) + len(left_over) == len(lines), "Nobody is lost between due and unfunded.")
    _announce_due(uow, line, run, funded)
    await _announce_unfunded(uow, line, run, unpaid)


def _reason_for_all(funding: Funding, run: MonthRun) -> UnfundedReason | None:
    """Why nobody of this run can be paid now, if that is so."""
    if set(PROGRAMMES) - set(funding.budget_accounts):
        return UnfundedReason.NO_ACCOUNT
    return None if run.state == RunState.OPEN else UnfundedReason.RUN_BILLED


def _reason(alike: Candidates, verdict: Verdict) -> UnfundedReason | None:
    """Why these workers cannot be paid, if that is so."""
    if verdict is Verdict.REFUSE:
        return UnfundedReason.NOT_ELIGIBLE
    return UnfundedReason.PAYER_CONFLICT if alike.claimed else None


async def _fund(
    uow: UnitOfWork, line: FundingLine, run: MonthRun, lines: list[Line]
) -> tuple[list[Line], list[Unpaid]]:
    """Claim and reserve each month as far as the budget reaches, first come first served; gives both halves."""
    if not lines:
        return [], []
    require(run.due_on is not None, "A run without a due date assesses nobody.")
    before = await store.ledger.balance(uow, line.funding_line_id, Account.AVAILABLE)
    bills = await store.bills.collecting(uow, run.month_run_id, {line.kind.group_id for line in lines})
    journal_id = uow.ids.next()
    funded: list[Line] = []
    unpaid: list[Unpaid] = []
    available = before
    while lines:
        count = affordable(available, [assessed.kind.amounts for assessed in lines])
        taken, lines = lines[:count], lines[count:]
        if not taken:
            break
        lost = await store.contributions.add(uow, run, journal_id, bills, taken)
        won = [claim for claim in taken if claim.worker_id not in lost] if lost else taken
        unpaid += [
            Unpaid(claim.worker_id, UnfundedReason.PAYER_CONFLICT, claim.kind)
            for claim in taken
            if claim.worker_id in lost
        ]
        funded += won
        available = available.minus(_total(won))
        if not lost:  # whoever is left does not fit; after a lost claim some of them may
            break
    unpaid += [Unpaid(left.worker_id, UnfundedReason.BUDGET_EXHAUSTED, left.kind) for left in lines]
    if funded:
        await _reserve(uow, line, run, journal_id, funded, before)
    return funded, unpaid


async def _reserve(
    uow: UnitOfWork, line: FundingLine, run: MonthRun, journal_id: UUID, funded: list[Line], before: Amounts
) -> None:
    """Reserve what the claimed months cost; they name the journal already."""
    total = _total(funded)
    require(total.fits(before), "No more is reserved than is available, in any programme.")
    await store.ledger.post(uow, line.funding_line_id, Move.RESERVE, run.month_run_id, total, journal_id=journal_id)
    await store.contributions.mark_funded(uow, run.month_run_id, [payable.worker_id for payable in funded])
    if run.passes > 1:
        solved = [f"{payable.worker_id}|{run.month_run_id}" for payable in funded]
        await store.cases.close(uow, CaseKind.PAYER_CONFLICT, solved)
    await store.runs.add_due(uow, run.month_run_id, len(funded), total)
    after = await store.ledger.balance(uow, line.funding_line_id, Account.AVAILABLE)
    require(after.plus(total) == before, "What is reserved is taken from what was available, to the rupiah.")


def _total(lines: Sequence[Line]) -> Amounts:
    counted = Counter(assessed.kind for assessed in lines)
    return total_of(kind.amounts.times(count) for kind, count in counted.items())


def _announce_due(uow: UnitOfWork, line: FundingLine, run: MonthRun, funded: Sequence[Line]) -> None:
    if not funded:
        return
    due_on = require_some(run.due_on, "A run without a due date assesses nobody.")
    by_kind: dict[Kind, list[tuple[UUID, UUID]]] = defaultdict(list)
    for payable in funded:
        by_kind[payable.kind].append((payable.contribution_id, payable.worker_id))
    for kind, rows in by_kind.items():
        contribution_id, worker_id = rows[0]
        first = ContributionDue(
            aggregate_version=1,
            contribution_id=contribution_id,
            payer_kind="subsidy",
            subject_id=worker_id,
            region_code=kind.region_code,
            occupation_code=kind.occupation_code,
            month=Month.parse(run.month),
            amounts_rupiah=kind.amounts.for_event(),
            amount_rupiah=Rupiah(kind.amounts.total_rupiah),
            due_on=due_on,
            worker_count=1,
            funding_line_id=line.funding_line_id,
            group_id=kind.group_id,
            income_band=kind.income_band,
            tariff=kind.tariff,
        )
        uow.emit_copies(first, ("contribution_id", "subject_id"), rows)


async def _announce_unfunded(uow: UnitOfWork, line: FundingLine, run: MonthRun, unpaid: Sequence[Unpaid]) -> None:
    if not unpaid:
        return
    noticed_on = local_date(uow.moment)
    versions = await store.contributions.add_unfunded(uow, run, noticed_on, unpaid)
    news: dict[tuple[int, UnfundedReason, Kind], list[tuple[UUID]]] = defaultdict(list)
    for lacking in unpaid:
        if lacking.worker_id in versions:
            news[versions[lacking.worker_id], lacking.reason, lacking.kind].append((lacking.worker_id,))
    for (version, reason, kind), rows in news.items():
        (worker_id,) = rows[0]
        first = ContributionUnfunded(
            aggregate_version=version,
            worker_id=WorkerId(worker_id),
            region_code=kind.region_code,
            occupation_code=kind.occupation_code,
            month=Month.parse(run.month),
            amounts_rupiah=kind.amounts.for_event(),
            amount_rupiah=Rupiah(kind.amounts.total_rupiah),
            reason=reason,
            noticed_on=noticed_on,
            funding_line_id=line.funding_line_id,
        )
        uow.emit_copies(first, ("worker_id",), rows)
    await _open_cases(uow, line, run, unpaid)


async def _open_cases(uow: UnitOfWork, line: FundingLine, run: MonthRun, unpaid: Sequence[Unpaid]) -> None:
    """A case for each double payer, and one for a run that money or an account fails."""
    details = {"month": run.month, "month_run_id": str(run.month_run_id)}
    conflicts = [
        NewCase(f"{lacking.worker_id}|{run.month_run_id}", lacking.kind.region_code, details)
        for lacking in sorted(unpaid)
        if lacking.reason == UnfundedReason.PAYER_CONFLICT
    ]
    await store.cases.open(uow, CaseKind.PAYER_CONFLICT, conflicts)
    reasons = {lacking.reason for lacking in unpaid}
    for kind in (CaseKind.BUDGET_EXHAUSTED, CaseKind.NO_ACCOUNT):  # named as the reasons are
        if UnfundedReason(kind) in reasons:
            subject = str(run.month_run_id)
            case = NewCase(subject, line.region_code, {"month": run.month, "reference": line.reference})
            await store.cases.open(uow, kind, [case])


def _kind(line: FundingLine, run: MonthRun, alike: Candidates, rulebook: Rulebook) -> Kind:
    rate = rulebook.tariff.rate(
        band=alike.income_band,
        sector=rulebook.tariff.sector_of(alike.occupation_code),
        funding_source=line.funding_source,
        month=Month.parse(run.month),
    )
    return Kind(
        group_id=alike.group_id,
        region_code=alike.region_code,
        occupation_code=alike.occupation_code,
        income_band=alike.income_band,
        tariff=rate.tariff,
        amounts=rate.amounts,
    )
