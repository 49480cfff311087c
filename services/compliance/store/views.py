"""What people look at: employers, their accounts, money that found no debt, figures. Always within their areas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, case, func, select

from services.compliance.rules.cases import CaseKind
from services.compliance.tables import Contribution, Employer, Payment
from shared.access.areas import AreaScope
from shared.access.paging import Keyset, PageQuery
from shared.database import Transaction

_EMPLOYER: Final = Employer.__table__  # type: ignore[attr-defined]
_CONTRIBUTION: Final = Contribution.__table__  # type: ignore[attr-defined]
_PAYMENT: Final = Payment.__table__  # type: ignore[attr-defined]

EMPLOYERS: Final = Keyset((_EMPLOYER.c.employer_id, UUID))
CASES: Final = Keyset((_PAYMENT.c.payment_id, UUID))

_LEFT = (_PAYMENT.c.contribution_left_rupiah > 0) | (_PAYMENT.c.fine_left_rupiah > 0)
_SUMMARY = """
WITH own AS (SELECT employer_id FROM employer WHERE region_code ^@ ANY($1::text[])),
debts AS (
    SELECT count(*) AS assessed, count(*) FILTER (WHERE settled_on IS NOT NULL) AS settled,
        count(*) FILTER (WHERE outstanding_rupiah > 0 AND months_late > 0) AS late,
        coalesce(sum(outstanding_rupiah) FILTER (WHERE months_late > 0), 0)::bigint AS late_rupiah,
        coalesce(sum(fine_due_rupiah), 0)::bigint AS fines_rupiah,
        coalesce(sum(due_rupiah), 0)::bigint AS due_rupiah, coalesce(sum(paid_rupiah), 0)::bigint AS paid_rupiah,
        coalesce(sum(outstanding_rupiah), 0)::bigint AS outstanding_rupiah
    FROM contribution JOIN own USING (employer_id)
)
SELECT (SELECT count(*) FROM own) AS employers,
    (SELECT count(*) FROM wage_report JOIN own USING (employer_id) WHERE is_current) AS reported,
    (SELECT count(*) FROM payment JOIN own USING (employer_id)
        WHERE contribution_left_rupiah > 0 OR fine_left_rupiah > 0) AS cases,
    debts.*
FROM debts
"""
_ACCOUNTS = """
SELECT c.contribution_id, c.month, c.worker_count, c.wages_rupiah, c.due_on, c.due_rupiah, c.paid_rupiah,
    c.outstanding_rupiah, c.fine_due_rupiah, c.fine_paid_rupiah, c.fine_outstanding_rupiah, c.months_late, c.fine_as_of,
    c.settled_on, c.risk_class, c.tariff, r.revision, r.refused_rows,
    (SELECT jsonb_object_agg(g.programme, g.employer_rupiah + g.worker_rupiah) FROM contribution_programme g
        WHERE g.contribution_id = c.contribution_id)::text AS amounts_rupiah
FROM contribution c JOIN wage_report r USING (report_id)
WHERE c.employer_id = $1 ORDER BY c.month DESC LIMIT 120
"""


async def list_employers(tx: Transaction, scope: AreaScope, query: PageQuery, late: bool | None) -> list[Any]:
    """Employers in ``scope``, each with what it owes; ``late`` keeps those that are late, or those that are not."""
    owed = _CONTRIBUTION.c
    statement: Select[Any] = (
        select(
            *_employer_columns(),
            func.coalesce(func.sum(owed.outstanding_rupiah), 0).label("outstanding_rupiah"),
            func.coalesce(func.sum(owed.fine_outstanding_rupiah), 0).label("fine_outstanding_rupiah"),
            func.coalesce(func.max(case((owed.outstanding_rupiah > 0, owed.months_late), else_=0)), 0).label(
                "months_late"
            ),
        )
        .select_from(_EMPLOYER.outerjoin(_CONTRIBUTION, owed.employer_id == _EMPLOYER.c.employer_id))
        .where(scope.where(_EMPLOYER.c.region_code))
        .group_by(_EMPLOYER.c.employer_id)
    )
    if late is not None:
        worst = func.coalesce(func.max(case((owed.outstanding_rupiah > 0, owed.months_late), else_=0)), 0)
        statement = statement.having(worst > 0 if late else worst == 0)
    return list((await tx.execute(EMPLOYERS.apply(statement, query))).all())


async def find_employer(tx: Transaction, scope: AreaScope, employer_id: UUID) -> Any | None:
    """One employer in ``scope``."""
    statement = select(*_employer_columns()).where(
        and_(_EMPLOYER.c.employer_id == employer_id, scope.where(_EMPLOYER.c.region_code))
    )
    return (await tx.execute(statement)).one_or_none()


async def accounts_of(tx: Transaction, employer_id: UUID) -> list[Any]:
    """The assessed months of an employer, newest first. Ask `find_employer` before: it looks at the area."""
    return list(await tx.fetch(_ACCOUNTS, employer_id))


async def list_cases(tx: Transaction, scope: AreaScope, query: PageQuery) -> list[Any]:
    """Payments with money that found no debt: they wait for their month, or too much was paid."""
    assessed = _CONTRIBUTION.c.contribution_id.is_not(None)
    joined = _PAYMENT.join(_EMPLOYER, _EMPLOYER.c.employer_id == _PAYMENT.c.employer_id).outerjoin(
        _CONTRIBUTION,
        and_(_CONTRIBUTION.c.employer_id == _PAYMENT.c.employer_id, _CONTRIBUTION.c.month == _PAYMENT.c.month),
    )
    statement: Select[Any] = (
        select(
            _PAYMENT.c.payment_id,
            _PAYMENT.c.employer_id,
            _EMPLOYER.c.npp,
            _EMPLOYER.c.region_code,
            _PAYMENT.c.month,
            _PAYMENT.c.payment_number,
            _PAYMENT.c.paid_on,
            _PAYMENT.c.contribution_left_rupiah,
            _PAYMENT.c.fine_left_rupiah,
            case((assessed, CaseKind.OVERPAID.value), else_=CaseKind.WAITING_FOR_ASSESSMENT.value).label("kind"),
        )
        .select_from(joined)
        .where(and_(_LEFT, scope.where(_EMPLOYER.c.region_code)))
    )
    return list((await tx.execute(CASES.apply(statement, query))).all())


async def summary(tx: Transaction, prefixes: Sequence[str]) -> Any:
    """The figures of the areas ``prefixes``."""
    return (await tx.fetch(_SUMMARY, list(prefixes)))[0]


def _employer_columns() -> list[Any]:
    table = _EMPLOYER.c
    return [
        table.employer_id, table.npp, table.name, table.region_code, table.size_class, table.risk_class,
        table.business_line, table.programmes, table.worker_count, table.bpjs_registered, table.registered_on,
    ]  # fmt: skip
