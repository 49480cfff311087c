"""Hands messages over, so that a crash at any moment neither loses one nor sends one twice.

Claim (committed) → hand-over → mark (committed). One process delivers at a time: the job that calls this holds a lock.
A batch that is found open was left by a process that died between claim and mark: the mailbox writes the same file
again; for every other channel nobody knows what has left, so its messages become ``unknown`` for a person to look at,
and are never sent again by themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from services.notification import store
from services.notification.handlers.batches import claim_batch, mark_batch
from services.notification.handlers.channel import Channel, LetterWriter, Result
from services.notification.rules.outcomes import Outcome, Patience
from services.notification.rules.quiet_hours import QuietHours, is_quiet
from services.notification.rules.states import OutcomeKind
from services.notification.store.batches import ClaimedMessage
from services.notification.tables import DeliveryBatch
from shared.clock import local_date
from shared.messaging.outbox import Outbox

log = structlog.get_logger(__name__)

_UNKNOWN: Final = Outcome(OutcomeKind.UNKNOWN)
_NOT_TRIED: Final = Outcome(OutcomeKind.NOT_TRIED, tried=False)
_NOT_TAKEN: Final = (OutcomeKind.TEMPORARY, OutcomeKind.PERMANENT, OutcomeKind.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Delivers by one channel. Each step is a unit of work of its own, hence the outbox."""

    outbox: Outbox
    channel: Channel
    writer: LetterWriter
    patience: Patience
    quiet_hours: Sequence[QuietHours]

    async def deliver_next(self) -> bool:
        """Claim a batch and deliver it. False if there is nothing to do."""
        async with self.outbox.unit_of_work() as uow:
            if self.channel.disturbs and is_quiet(uow.moment, self.quiet_hours):
                return False
            claim = await claim_batch(uow, self.channel.name, self.channel.batch_size)
        if claim.batch is None:
            return claim.waiting > 0
        await self._deliver(claim.batch, claim.messages)
        return True

    async def finish_left(self) -> None:
        """Finish the batch of a process that died before its mark, if there is one."""
        async with self.outbox.unit_of_work() as uow:
            batch = await store.batches.find_open(uow)
            if batch is None:
                return
            messages = await store.batches.messages(uow, batch.batch_id)
        if self.channel.knows_repeats and batch.channel == self.channel.name:
            log.warning("delivery_batch_repeated", count=len(messages))
            await self._deliver(batch, messages)
            return
        log.error("delivery_batch_unknown", count=len(messages))
        async with self.outbox.unit_of_work() as uow:
            results = [Result(claimed.message, _UNKNOWN) for claimed in messages]
            await mark_batch(uow, batch, batch.channel, results, self.patience)

    async def _deliver(self, batch: DeliveryBatch, messages: Sequence[ClaimedMessage]) -> None:
        # In a thread: thousands of contacts are opened, and the process has other work to do meanwhile.
        letters, results = await asyncio.to_thread(self.writer.write, messages, local_date(batch.opened_at))
        outcomes = await self.channel.hand_over(batch.batch_id, batch.opened_at, letters) if letters else {}
        for letter in letters:
            outcome = outcomes.get(letter.message.message_id, _NOT_TRIED)
            results.append(Result(letter.message, outcome, letter.template))
        async with self.outbox.unit_of_work() as uow:
            await mark_batch(uow, batch, self.channel.name, results, self.patience)
        failed = sum(result.outcome.kind in _NOT_TAKEN for result in results)
        if failed:
            log.warning("messages_not_handed_over", count=failed, rows=len(results))
