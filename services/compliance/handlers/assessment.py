"""Assesses a contribution month: what each employer that has reported owes, then the payments that waited for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.compliance import store
from services.compliance.handlers.settling import settle_accounts
from services.compliance.rules.rulebook import Rulebook
from services.compliance.rules.tariff import CHARGED, Tariff, month_not_assessable
from services.compliance.store.assessment import PendingReport, Totals
from services.compliance.store.contributions import Assessed
from shared import audit
from shared.clock import local_date
from shared.contracts.events.contribution_due import ContributionDue
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork
from shared.money import Rupiah
from shared.periods import Month


@dataclass(frozen=True, slots=True)
class Assessment:
    """What an assessment did: employers assessed for the first time, assessed anew after a correction, settled."""

    month: Month
    assessed: int
    revised: int
    settled: int
    workers: int
    due_rupiah: int


async def assess_month(
    uow: UnitOfWork, rulebook: Rulebook, month: Month, actor: str, areas: Sequence[str]
) -> Assessment:
    """Assess what is not assessed yet of ``month``, in ``areas``; doing it again changes nothing.

    Raises:
        RefusedError: "month-not-assessable", for a month that is yet to come or without tariff or due date on record.
    """
    if month > Month.of(local_date(uow.moment)):
        raise month_not_assessable()
    due_on, tariff = rulebook.due_on(month), rulebook.tariffs.tariff(month)
    employer_ids = await store.assessment.lock_employers(uow, month, areas)
    reports = await store.assessment.pending(uow, month, employer_ids)
    totals = await store.assessment.assess(uow, reports, tariff)
    assessed = [_assessed(uow, report, totals[report.report_id], tariff, due_on) for report in reports]
    new = [item for item in assessed if item.version == 1]
    revised = [item for item in assessed if item.version > 1]
    await store.contributions.add(uow, new)
    await store.contributions.revise(uow, revised)
    uow.emit_all(_due(item) for item in assessed)
    amounts = {item.contribution_id: item.due_rupiah for item in revised}
    settled = await settle_accounts(uow, rulebook, [report.employer_id for report in reports], revised=amounts)
    assessment = Assessment(
        month,
        len(new),
        len(revised),
        settled.settled,
        sum(item.totals.worker_count for item in assessed),
        sum(item.due_rupiah for item in assessed),
    )
    require(len(new) + len(revised) == len(reports), "Every pending report was assessed.")
    lines_rupiah = sum(totals[report.report_id].all_rupiah for report in reports)
    require(assessment.due_rupiah == lines_rupiah, "What is due is the sum of the workers' lines.")
    details: dict[str, str | int | None] = {
        "month": str(month),
        "assessed": assessment.assessed,
        "revised": assessment.revised,
        "due_rupiah": assessment.due_rupiah,
    }
    await audit.record(uow, uow.moment, actor, "assess-month", f"month {month}", details)
    return assessment


def _assessed(uow: UnitOfWork, report: PendingReport, totals: Totals, tariff: Tariff, due_on: date) -> Assessed:
    """One contribution from the totals of its report's lines."""
    require(totals.lines == totals.worker_count > 0, "Each worker of a report has a line.")
    parts = {
        "JKK": (totals.jkk_rupiah, 0),
        "JKM": (totals.jkm_rupiah, 0),
        "JHT": (totals.jht_employer_rupiah, totals.jht_worker_rupiah),
        "JP": (totals.jp_employer_rupiah, totals.jp_worker_rupiah),
    }
    require(tuple(parts) == CHARGED, "Every programme that is billed has its part.")
    return Assessed(
        report.contribution_id or uow.ids.next(),
        (report.version or 0) + 1,
        report.due_on or due_on,
        report,
        totals,
        tariff,
        {programme: amounts for programme, amounts in parts.items() if programme in report.programmes},
    )


def _due(item: Assessed) -> ContributionDue:
    amounts = {programme: Rupiah(employer + worker) for programme, (employer, worker) in item.parts.items()}
    require(Rupiah.total(amounts.values()) == item.due_rupiah, "The programmes make up what is due.")
    require(item.due_rupiah > 0, "A month with wages costs something.")
    return ContributionDue(
        aggregate_version=item.version,
        contribution_id=item.contribution_id,
        payer_kind="employer",
        subject_id=item.report.employer_id,
        region_code=item.report.region_code,
        occupation_code=None,
        month=item.tariff.month,
        amounts_rupiah=amounts,
        amount_rupiah=Rupiah(item.due_rupiah),
        due_on=item.due_on,
        worker_count=item.totals.worker_count,
        tariff=item.tariff.code,
    )
