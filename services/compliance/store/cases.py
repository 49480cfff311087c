"""Cases: money that found no debt. They are what payments say at the moment, and no rows of their own."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, case, select

from services.compliance.rules.cases import CaseKind
from services.compliance.tables import Contribution, Employer, Payment
from shared.access.areas import AreaScope
from shared.access.paging import Keyset, PageQuery
from shared.database import Transaction

_EMPLOYER: Final = Employer.__table__  # type: ignore[attr-defined]
_CONTRIBUTION: Final = Contribution.__table__  # type: ignore[attr-defined]
_PAYMENT: Final = Payment.__table__  # type: ignore[attr-defined]
PAGES: Final = Keyset((_PAYMENT.c.payment_id, UUID))
_LEFT = (_PAYMENT.c.contribution_left_rupiah > 0) | (_PAYMENT.c.fine_left_rupiah > 0)


async def page(tx: Transaction, scope: AreaScope, query: PageQuery) -> list[Any]:
    """Payments with money that found no debt: they wait for their month, or too much was paid."""
    assessed = _CONTRIBUTION.c.contribution_id.is_not(None)
    joined = _PAYMENT.join(_EMPLOYER, _EMPLOYER.c.employer_id == _PAYMENT.c.employer_id).outerjoin(
        _CONTRIBUTION,
        and_(_CONTRIBUTION.c.employer_id == _PAYMENT.c.employer_id, _CONTRIBUTION.c.month == _PAYMENT.c.month),
    )
    statement: Select[Any] = (
        select(
            *_PAYMENT.c,
            _EMPLOYER.c.npp,
            _EMPLOYER.c.region_code,
            case((assessed, CaseKind.OVERPAID.value), else_=CaseKind.WAITING_FOR_ASSESSMENT.value).label("kind"),
        )
        .select_from(joined)
        .where(and_(_LEFT, scope.where(_EMPLOYER.c.region_code)))
    )
    return list((await tx.execute(PAGES.apply(statement, query))).all())
