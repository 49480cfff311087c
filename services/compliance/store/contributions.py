"""What employers owe for a month, as assessed: contributions and what of them belongs to which programme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.compliance.rules.tariff import Tariff
from services.compliance.store.assessment import PendingReport, Totals
from services.compliance.tables import Contribution, ContributionProgramme
from shared.database import Transaction
from shared.database.records import columns
from shared.messaging.outbox import UnitOfWork

_REVISE = """
UPDATE contribution c SET version = n.version, report_id = n.report_id, tariff = n.tariff,
    worker_count = n.worker_count, wages_rupiah = n.wages_rupiah, assessed_at = $7
FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::integer[], $6::bigint[])
    AS n(contribution_id, version, report_id, tariff, worker_count, wages_rupiah)
WHERE c.contribution_id = n.contribution_id
"""
_DROP_PROGRAMMES = "DELETE FROM contribution_programme WHERE contribution_id = ANY($1::uuid[])"
_OF_EMPLOYER = f"""
SELECT {columns(Contribution, alias="c")}, r.revision, r.refused_rows,
    (SELECT jsonb_object_agg(g.programme, g.employer_rupiah + g.worker_rupiah) FROM contribution_programme g
        WHERE g.contribution_id = c.contribution_id)::text AS amounts_rupiah
FROM contribution c JOIN wage_report r USING (report_id)
WHERE c.employer_id = $1 ORDER BY c.month DESC LIMIT 120
"""  # noqa: S608 - made of constants


@dataclass(frozen=True, slots=True)
class Assessed:
    """A contribution as assessed from a report: per programme what the employer and what the worker owes, in rupiah."""

    contribution_id: UUID
    version: int
    due_on: date
    report: PendingReport
    totals: Totals
    tariff: Tariff
    parts: dict[str, tuple[int, int]]

    @property
    def due_rupiah(self) -> int:
        """All programmes, both parts."""
        return sum(employer + worker for employer, worker in self.parts.values())


async def add(uow: UnitOfWork, new: Sequence[Assessed]) -> None:
    """Put new contributions on record, unpaid."""
    rows = [
        (
            c.contribution_id, c.version, c.report.employer_id, str(c.tariff.month), c.report.report_id,
            c.report.risk_class, c.report.programmes, c.tariff.code, c.totals.worker_count, c.totals.wages_rupiah,
            c.due_on, c.due_rupiah, 0, c.due_rupiah, 0, 0, 0, 0, None, None, uow.moment,
        )
        for c in new
    ]  # fmt: skip
    await uow.copy_rows("contribution", list(Contribution.model_fields), rows)
    await _add_programmes(uow, new)


async def revise(uow: UnitOfWork, revised: Sequence[Assessed]) -> None:
    """Set what a corrected report says; the amount due follows with `store.accounts.set_all`."""
    await uow.run(
        _REVISE,
        [c.contribution_id for c in revised],
        [c.version for c in revised],
        [c.report.report_id for c in revised],
        [c.tariff.code for c in revised],
        [c.totals.worker_count for c in revised],
        [c.totals.wages_rupiah for c in revised],
        uow.moment,
    )
    await uow.run(_DROP_PROGRAMMES, [c.contribution_id for c in revised])
    await _add_programmes(uow, revised)


async def _add_programmes(uow: UnitOfWork, assessed: Sequence[Assessed]) -> None:
    rows = [(c.contribution_id, name, *parts) for c in assessed for name, parts in c.parts.items()]
    await uow.copy_rows("contribution_programme", list(ContributionProgramme.model_fields), rows)


async def of_employer(tx: Transaction, employer_id: UUID) -> list[Any]:
    """The contributions of an employer, newest first: every column, the report's revision, amounts due (JSON).

    Ask `store.employers.find` before: it looks at the area.
    """
    return list(await tx.fetch(_OF_EMPLOYER, employer_id))
