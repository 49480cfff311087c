"""The timed work of subsidy: every second, each works through what waits, a chunk in one transaction."""

from __future__ import annotations

from services.subsidy.handlers import confirmations, decrees, receiving, runs, sending
from services.subsidy.handlers.branch_files import BranchFiles
from services.subsidy.handlers.failing import ASSESS, GRANT, PAY, SEND, FailingItems
from services.subsidy.rules.rulebook import Rulebook
from shared.messaging.outbox import UnitOfWork
from shared.service import Every, Job

_SOON = Every(1)


def jobs(rulebook: Rulebook, files: BranchFiles, answer_patience_s: int) -> list[Job]:
    """All jobs. Every one of them may run twice, or stop anywhere, and ends in the same state."""

    async def grant(uow: UnitOfWork, _: str) -> bool:
        return await decrees.grant_next(uow) > 0

    async def assess(uow: UnitOfWork, _: str) -> bool:
        return await runs.assess_next(uow, rulebook) > 0 or await runs.assess_changed(uow, rulebook) > 0

    async def pay(uow: UnitOfWork, _: str) -> bool:
        return await confirmations.pay_next(uow) > 0

    async def send(uow: UnitOfWork, _: str) -> bool:
        return await sending.send_next(uow, files)

    async def receive(uow: UnitOfWork, _: str) -> bool:
        return await receiving.receive_next(uow, files)

    async def notice_silence(uow: UnitOfWork, _: str) -> None:
        await sending.notice_silence(uow, answer_patience_s)

    cases = FailingItems()
    # Each tells whether there may be more: then it is run again at once, in a transaction of its own.
    return [
        Job(GRANT, _SOON, grant, cases=cases),
        Job(ASSESS, _SOON, assess, cases=cases),
        Job(SEND, _SOON, send, cases=cases),
        Job("receive", _SOON, receive),
        Job(PAY, _SOON, pay, cases=cases),
        Job("notice-silence", _SOON, notice_silence),
    ]
