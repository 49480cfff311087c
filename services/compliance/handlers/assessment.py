"""Assesses a contribution month: what each employer that has reported owes, then the payments that waited for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.compliance.handlers.settling import settle_accounts
from services.compliance.rules.tariff import CHARGED, Tariff, tariff_of
from services.compliance.store import assessment
from services.compliance.store.assessment import Assessed
from shared import audit
from shared.contracts.events.contribution_due import ContributionDue
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


async def assess_month(uow: UnitOfWork, month: Month, due_on: date, actor: str, areas: Sequence[str]) -> Assessment:
    """Assess what is not assessed yet of ``month``, in ``areas``; doing it again changes nothing.

    Raises TariffUnknownError for a month whose tariff is not on record.
    """
    tariff = tariff_of(month)
    employer_ids = await assessment.lock_reporting(uow, str(month), areas)
    pending = await assessment.pending_reports(uow, str(month), employer_ids)
    totals = await assessment.assess(uow, pending, tariff)
    made = [_assessed(uow, row, totals[row["report_id"]], tariff, due_on) for row in pending]
    new = [item for item in made if item.version == 1]
    revised = [item for item in made if item.version > 1]
    await assessment.add_contributions(uow, new, uow.moment)
    await assessment.revise_contributions(uow, revised, uow.moment)
    uow.emit_all(_due(item) for item in made)
    amounts = {item.contribution_id: item.due_rupiah for item in revised}
    settled = await settle_accounts(uow, [item.employer_id for item in made], revised=amounts)
    done = Assessment(
        month,
        len(new),
        len(revised),
        settled.settled,
        sum(item.worker_count for item in made),
        sum(item.due_rupiah for item in made),
    )
    assert len(new) + len(revised) == len(pending), "every pending report was assessed"  # noqa: S101 - money
    assert done.due_rupiah == sum(sum(totals[row["report_id"]][part] for part in assessment.PARTS) for row in pending)  # noqa: S101 - totals equal lines
    details: dict[str, str | int | None] = {
        "month": str(month),
        "assessed": done.assessed,
        "revised": done.revised,
        "due_rupiah": done.due_rupiah,
    }
    await audit.record(uow, uow.moment, actor, "assess-month", f"month {month}", details)
    return done


def _assessed(uow: UnitOfWork, row: Any, totals: Any, tariff: Tariff, due_on: date) -> Assessed:
    """One contribution from the totals of its report's lines."""
    assert totals["workers"] == totals["worker_count"] > 0, "a line for each worker"  # noqa: S101 - money
    parts = {
        "JKK": (totals["jkk_rupiah"], 0),
        "JKM": (totals["jkm_rupiah"], 0),
        "JHT": (totals["jht_employer_rupiah"], totals["jht_worker_rupiah"]),
        "JP": (totals["jp_employer_rupiah"], totals["jp_worker_rupiah"]),
    }
    assert tuple(parts) == CHARGED, "every programme that is billed"  # noqa: S101 - invariant of money
    joined = tuple(row["programmes"])
    known: UUID | None = row["contribution_id"]
    return Assessed(
        contribution_id=known or uow.ids.next(),
        version=(row["version"] or 0) + 1,
        employer_id=row["employer_id"],
        region_code=row["region_code"],
        month=str(tariff.month),
        report_id=row["report_id"],
        risk_class=row["risk_class"],
        programmes=joined,
        tariff=tariff.code,
        worker_count=totals["worker_count"],
        wages_rupiah=totals["wages_rupiah"],
        due_on=row["due_on"] or due_on,
        parts={programme: amounts for programme, amounts in parts.items() if programme in joined},
    )


def _due(item: Assessed) -> ContributionDue:
    amounts = {programme: Rupiah(employer + worker) for programme, (employer, worker) in item.parts.items()}
    assert Rupiah.total(amounts.values()) == item.due_rupiah  # noqa: S101 - invariant of money
    assert item.due_rupiah > 0, "a month with wages costs something"  # noqa: S101 - invariant of money
    return ContributionDue(
        aggregate_version=item.version,
        contribution_id=item.contribution_id,
        payer_kind="employer",
        subject_id=item.employer_id,
        region_code=item.region_code,
        occupation_code=None,
        month=Month.parse(item.month),
        amounts_rupiah=amounts,
        amount_rupiah=Rupiah(item.due_rupiah),
        due_on=item.due_on,
        worker_count=item.worker_count,
        tariff=item.tariff,
    )
