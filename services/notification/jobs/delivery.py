"""The job that hands messages over, so that a crash at any moment neither loses one nor sends one twice.

Claim (committed) → hand-over → mark (committed). The job's own transaction holds its lock and nothing else, so one
process delivers at a time. A batch that it finds open was left by a process that died between claim and mark: the
mailbox writes the same file again; for every other channel nobody knows what has left, so its messages become
``unknown`` for a person to look at, and are never sent again by themselves.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from services.notification.handlers import delivery as handlers
from services.notification.handlers.delivery import Result
from services.notification.jobs.channel import Channel, Letter
from services.notification.jobs.letters import LetterWriter
from services.notification.rules import Kind, Outcome, Patience, QuietHours, is_quiet
from services.notification.store import delivery as store
from services.notification.store.delivery import OpenBatch, Queued
from shared.clock import local_date
from shared.messaging.outbox import Outbox, UnitOfWork

log = structlog.get_logger(__name__)

# One period ends after this time, so that the job's lock and its mark are never held for long.
_RUN_S: Final = 8.0
_UNKNOWN: Final = Outcome(Kind.UNKNOWN)
_NOT_TRIED: Final = Outcome(Kind.NOT_TRIED, tried=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Delivers by one channel."""

    outbox: Outbox
    channel: Channel
    writer: LetterWriter
    patience: Patience
    quiet_hours: Sequence[QuietHours]

    async def run(self, uow: UnitOfWork, period_key: str) -> None:
        """Hand over what is due, batch by batch, until nothing is left or the time is up. ``uow`` is the job's own
        transaction, in which nothing is written."""
        until = time.monotonic() + _RUN_S
        await self._finish_left_batch()
        while time.monotonic() < until and await self._next_batch():
            pass

    async def _next_batch(self) -> bool:
        """Claim a batch and deliver it. False if there is nothing to do."""
        async with self.outbox.unit_of_work() as uow:
            if self.channel.disturbs and is_quiet(uow.moment, self.quiet_hours):
                return False
            claimed = await handlers.claim(uow, self.channel.name, self.channel.batch_size)
            messages = await store.messages_of(uow, claimed.batch_id) if isinstance(claimed, OpenBatch) else []
        if not isinstance(claimed, OpenBatch):
            return claimed > 0
        await self._deliver(claimed, messages)
        return True

    async def _finish_left_batch(self) -> None:
        """Finish the batch of a process that died before its mark, if there is one."""
        async with self.outbox.unit_of_work() as uow:
            batch = await store.find_open_batch(uow)
            if batch is None:
                return
            messages = await store.messages_of(uow, batch.batch_id)
        if self.channel.knows_repeats and batch.channel == self.channel.name:
            log.warning("delivery_batch_repeated", count=len(messages))
            await self._deliver(batch, messages)
            return
        log.error("delivery_batch_unknown", count=len(messages))
        async with self.outbox.unit_of_work() as uow:
            results = [Result(message, _UNKNOWN) for message in messages]
            await handlers.mark(uow, batch, batch.channel, results, self.patience)

    async def _deliver(self, batch: OpenBatch, messages: Sequence[Queued]) -> None:
        # In a thread: thousands of contacts are opened, and the process has other work to do meanwhile.
        letters, results = await asyncio.to_thread(self.writer.write, messages, local_date(batch.opened_at))
        outcomes = await self.channel.hand_over(batch.batch_id, batch.opened_at, letters) if letters else {}
        results += _results(messages, letters, outcomes)
        async with self.outbox.unit_of_work() as uow:
            await handlers.mark(uow, batch, self.channel.name, results, self.patience)
        failed = sum(result.outcome.kind in {Kind.TEMPORARY, Kind.PERMANENT, Kind.UNKNOWN} for result in results)
        if failed:
            log.warning("messages_not_handed_over", count=failed, rows=len(results))


def _results(messages: Sequence[Queued], letters: Sequence[Letter], outcomes: Mapping[UUID, Outcome]) -> list[Result]:
    by_id = {message.message_id: message for message in messages}
    return [
        Result(by_id[letter.message_id], outcomes.get(letter.message_id, _NOT_TRIED), letter.template)
        for letter in letters
    ]
