"""Cases of decrees, runs and files on which a job fails again and again; each closes when it has gone through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.subsidy import store
from services.subsidy.rules.cases import CaseKind
from services.subsidy.rules.values import HOME_PROVINCE
from services.subsidy.store.cases import NewCase
from shared.messaging.outbox import UnitOfWork
from shared.service.jobs import FailedItem

GRANT: Final = "grant"
ASSESS: Final = "assess"
SEND: Final = "send"
PAY: Final = "pay"
KINDS: Final = {
    GRANT: CaseKind.DECREE_FAILING,
    ASSESS: CaseKind.RUN_FAILING,
    SEND: CaseKind.SENDING_FAILING,
    PAY: CaseKind.PAYING_FAILING,
}


class FailingItems:
    """Opens and closes the cases."""

    async def failing(self, uow: UnitOfWork, failed: FailedItem) -> None:
        """A case that names the item, the job and the class of the error: no text of it, which may quote data.

        The count of failures stays out of it: a case whose facts change opens anew.
        """
        details = {"job": failed.job, "reason": failed.error_type}
        await store.cases.open(uow, KINDS[failed.job], [NewCase(failed.item, HOME_PROVINCE, details)])

    async def recovered(self, uow: UnitOfWork, job: str, items: Sequence[str]) -> None:
        """Their cases close: the job has done its work on them."""
        await store.cases.close(uow, KINDS[job], items)
