"""The timed work of subsidy: every second, each works through what waits, a chunk in one transaction."""

from __future__ import annotations

import asyncio
import hashlib

import structlog

from services.subsidy.handlers import decrees, exchange, payments, runs
from services.subsidy.rules import Rulebook
from shared.database import FailureKind, classify_failure
from shared.exchange import Exchange, ExchangeError, write_records
from shared.messaging.outbox import UnitOfWork
from shared.service import Every, Job

log = structlog.get_logger(__name__)

FILES_PER_RUN = 20
_SOON = Every(1)


def jobs(book: Rulebook, folder: Exchange, answer_patience_s: int) -> list[Job]:
    """All jobs. Every one of them may run twice, or stop anywhere, and ends in the same state."""

    async def grant(_: str, uow: UnitOfWork) -> bool:
        return await decrees.grant_next(uow) > 0

    async def assess(_: str, uow: UnitOfWork) -> bool:
        return await runs.assess_next(book, uow) > 0 or await runs.assess_changed(book, uow) > 0

    async def pay(_: str, uow: UnitOfWork) -> bool:
        return await payments.pay_next(uow) > 0

    async def send(_: str, uow: UnitOfWork) -> None:
        await _send(folder, uow)

    async def receive(_: str, uow: UnitOfWork) -> None:
        for name in (await asyncio.to_thread(folder.incoming))[:FILES_PER_RUN]:
            await _receive(folder, name, uow)

    async def notice_silence(_: str, uow: UnitOfWork) -> None:
        await exchange.notice_silence(answer_patience_s, uow)

    # Each tells whether there may be more: then it is run again at once, in a transaction of its own.
    return [
        Job("grant", _SOON, grant),
        Job("assess", _SOON, assess),
        Job("send", _SOON, send),
        Job("receive", _SOON, receive),
        Job("pay", _SOON, pay),
        Job("notice-silence", _SOON, notice_silence),
    ]


async def _send(folder: Exchange, uow: UnitOfWork) -> None:
    """Write the files that wait. They are marked as sent when this transaction commits; a crash before writes again."""
    for following in (exchange.next_request, exchange.next_payment):
        outgoing = await following(uow)
        if outgoing is not None:
            lines = write_records(outgoing.columns, outgoing.rows, total_rupiah=outgoing.total_rupiah)
            await asyncio.to_thread(folder.write, outgoing.name, lines)


async def _receive(folder: Exchange, name: str, uow: UnitOfWork) -> None:
    """Take one file, or put one away whose effect is committed. So a crash in between only looks at it again."""
    try:
        content = await asyncio.to_thread(folder.read, name)
    except ExchangeError:
        # Too large to read: its name stands for its content.
        content, unreadable = hashlib.sha256(name.encode()).digest(), "too-large"
    else:
        unreadable = ""
    state = await exchange.file_state(name, content, uow)
    if state is not None:
        await asyncio.to_thread(folder.archive, name, refused=state == "refused")
    elif unreadable:
        await exchange.refuse(name, content, unreadable, uow)
    else:
        await _take(name, content, uow)


async def _take(name: str, content: bytes, uow: UnitOfWork) -> None:
    """A file that fails for good holds up no other: it is refused and becomes a case."""
    try:
        async with uow.savepoint():
            await exchange.receive(name, content, uow)
    except Exception as error:
        if classify_failure(error) is FailureKind.TRANSIENT:
            raise
        log.exception("file_failed", exc_info=error)
        await exchange.refuse(name, content, "failed", uow)
