"""Cases of rosters, lists and files on which a job fails again and again; each closes when it has gone through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.enrolment.handlers.answers import IMPORT_ANSWERS
from services.enrolment.handlers.groups import CUT_LISTS, WRITE_LISTS
from services.enrolment.handlers.reading import READ_ROSTERS
from services.enrolment.handlers.registering import REGISTER_ROSTERS
from services.enrolment.store.cases import NewCase, close_cases, open_cases
from shared.messaging.outbox import UnitOfWork
from shared.service.jobs import FailedItem

KINDS: Final = {
    READ_ROSTERS: "roster-failing",
    REGISTER_ROSTERS: "roster-failing",
    CUT_LISTS: "list-failing",
    WRITE_LISTS: "list-failing",
    IMPORT_ANSWERS: "file-failing",
}


class FailingItems:
    """Opens and closes the cases."""

    async def failing(self, uow: UnitOfWork, failed: FailedItem) -> None:
        """A case that names the item, the job and the class of the error: no text of it, which may quote data."""
        details: dict[str, str | int | None] = {"job": failed.job, "reason": failed.error_type}
        await open_cases(uow, [NewCase(KINDS[failed.job], failed.item, None, details)])

    async def recovered(self, uow: UnitOfWork, job: str, items: Sequence[str]) -> None:
        """Their cases go: the job has done its work on them."""
        await close_cases(uow, KINDS[job], items)
