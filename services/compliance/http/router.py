"""Commands, lists and figures of compliance, with the routes for files."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from services.compliance.handlers.ageing import Ageing, age_on_command
from services.compliance.handlers.assessment import Assessment, assess_month
from services.compliance.handlers.sealing import Sealing
from services.compliance.http.files import Order, Reader, add_results, add_uploads
from services.compliance.http.models import (
    AgeingDone,
    AgeingOrder,
    AssessmentDone,
    AssessmentOrder,
    Case,
    EmployerDetail,
    EmployerFacts,
    EmployerRow,
    MonthAccount,
    Summary,
)
from services.compliance.http.problems import AS_OF_IN_FUTURE, MONTH_NOT_ASSESSABLE
from services.compliance.rules.cases import case_kinds
from services.compliance.rules.lateness import ageing_class
from services.compliance.rules.tariff import TariffUnknownError
from services.compliance.settings import ComplianceSettings
from services.compliance.store import views
from shared.access.areas import AreaCode
from shared.access.errors import NotVisibleError
from shared.access.paging import Page, PageQuery
from shared.access.roles import Role
from shared.business_calendar import HolidaysUnknownError
from shared.clock import local_date
from shared.due_dates import DueDates, DueDayUnknownError, Segment
from shared.http import Principal, ProblemError, Reading, page_query, require
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month
from shared.service import Context

_STAFF = (
    Role.VERIFIER, Role.PROGRAMME_OWNER, Role.APPROVER, Role.TREASURER, Role.BPJS_BRANCH, Role.INSPECTOR,
    Role.OPERATOR, Role.AUDITOR, Role.ENUMERATOR,
)  # fmt: skip
Officer = Annotated[Principal, Depends(require(Role.COMPLIANCE_OFFICER))]
Staff = Annotated[Principal, Depends(require(Role.COMPLIANCE_OFFICER, *_STAFF))]


def router(
    context: Context[ComplianceSettings], sealing: Sealing, due_dates: DueDates, regencies: frozenset[str]
) -> APIRouter:
    """All routes, under /v1."""
    made = APIRouter(prefix="/v1")
    add_uploads(made, context, sealing, regencies)
    add_results(made, context.database)
    _add_commands(made, context, due_dates)
    _add_lists(made)
    return made


def _add_commands(made: APIRouter, context: Context[ComplianceSettings], due_dates: DueDates) -> None:
    def today() -> date:
        return local_date(context.clock.now())

    @made.post("/assessments", status_code=201, response_model=AssessmentDone)
    async def assess(body: AssessmentOrder, who: Officer, order: Order) -> Response:
        due_on = _due_on(due_dates, body.month, today())

        async def work(uow: UnitOfWork) -> Assessment:
            try:
                return await assess_month(uow, body.month, due_on, who.subject, who.areas.sql_prefixes())
            except TariffUnknownError:
                raise ProblemError(MONTH_NOT_ASSESSABLE) from None

        return await order.run(work)

    @made.post("/ageing-runs", status_code=201, response_model=AgeingDone)
    async def run_ageing(body: AgeingOrder, who: Officer, order: Order) -> Response:
        if body.as_of > today():
            raise ProblemError(AS_OF_IN_FUTURE)

        async def work(uow: UnitOfWork) -> Ageing:
            return await age_on_command(uow, body.as_of, who.subject, who.areas.sql_prefixes())

        return await order.run(work)


def _add_lists(made: APIRouter) -> None:
    @made.get("/employers")
    async def list_employers(
        who: Reader,
        tx: Reading,
        query: Annotated[PageQuery, Depends(page_query)],
        area: Annotated[list[AreaCode] | None, Query(description="Only these areas.")] = None,
        late: Annotated[bool | None, Query(description="Only those that are late, or only the others.")] = None,
    ) -> Page[EmployerRow]:
        rows = await views.list_employers(tx, who.areas.narrow(area), query, late)
        return views.EMPLOYERS.page(rows, [_employer_row(row) for row in rows], query)

    @made.get("/employers/{employer_id}")
    async def show_employer(employer_id: Annotated[UUID, Path()], who: Reader, tx: Reading) -> EmployerDetail:
        row = await views.find_employer(tx, who.areas, employer_id)
        if row is None:
            raise NotVisibleError
        months = [_month(account) for account in await views.accounts_of(tx, employer_id)]
        return EmployerDetail(**EmployerFacts.model_validate(row).model_dump(), months=months)

    @made.get("/cases")
    async def list_cases(who: Reader, tx: Reading, query: Annotated[PageQuery, Depends(page_query)]) -> Page[Case]:
        rows = await views.list_cases(tx, who.areas, query)
        return views.CASES.page(rows, [_case(row) for row in rows], query)

    @made.get("/summary")
    async def show_summary(who: Staff, tx: Reading) -> Summary:
        return Summary(**dict(await views.summary(tx, who.areas.sql_prefixes())))


def _due_on(due_dates: DueDates, month: Month, today: date) -> date:
    if month > Month.of(today):
        raise ProblemError(MONTH_NOT_ASSESSABLE)
    try:
        return due_dates.due_date(month, Segment.PU)
    except (DueDayUnknownError, HolidaysUnknownError):
        raise ProblemError(MONTH_NOT_ASSESSABLE) from None


def _employer_row(row: Any) -> EmployerRow:
    found = EmployerRow.model_validate(row)
    return found.model_copy(update={"ageing_class": _class(found.months_late)})


def _case(row: Any) -> Case:
    return Case(**row._mapping, **case_kinds().texts(row.kind))


def _month(row: Any) -> MonthAccount:
    owed = row["outstanding_rupiah"] > 0
    values = {**dict(row), "amounts_rupiah": json.loads(row["amounts_rupiah"])}
    return MonthAccount(**values, ageing_class=_class(row["months_late"] if owed else 0))


def _class(months: int) -> str | None:
    return ageing_class(months) if months else None
