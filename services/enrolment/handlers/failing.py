"""Cases of rosters, lists and files on which a job fails again and again; each closes when it has gone through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.enrolment import store
from services.enrolment.handlers.answers import IMPORT_ANSWERS
from services.enrolment.handlers.groups import CUT_LISTS, WRITE_LISTS
from services.enrolment.handlers.registration.roster_job import REGISTER_ROSTERS
from services.enrolment.handlers.roster_reading import READ_ROSTERS
from services.enrolment.rules.cases import CaseKind
from services.enrolment.store.cases import NewCase
from shared.messaging.outbox import UnitOfWork
from shared.service.jobs import FailedItem

KINDS: Final = {
    READ_ROSTERS: CaseKind.ROSTER_FAILING,
    REGISTER_ROSTERS: CaseKind.ROSTER_FAILING,
    CUT_LISTS: CaseKind.LIST_FAILING,
    WRITE_LISTS: CaseKind.LIST_FAILING,
    IMPORT_ANSWERS: CaseKind.FILE_FAILING,
}


class FailingItems:
    """Opens and closes the cases."""

    async def failing(self, uow: UnitOfWork, failed: FailedItem) -> None:
        """A case that names the item, the job and the class of the error: no text of it, which may quote data."""
        details: dict[str, str | int | None] = {"job": failed.job, "reason": failed.error_type}
        await store.cases.open(uow, [NewCase(KINDS[failed.job], failed.item, None, details)])

    async def recovered(self, uow: UnitOfWork, job: str, items: Sequence[str]) -> None:
        """Their cases go: the job has done its work on them."""
        await store.cases.close(uow, KINDS[job], items)
