"""Messages are claimed, marked and given up, each in one transaction with the events that say so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from services.notification import store
from services.notification.handlers.channel import Result
from services.notification.rules.outcomes import Patience, Step, step_after
from services.notification.rules.states import FailureReason, MessageState, OutcomeKind
from services.notification.store.batches import ClaimedMessage, TriedMessage
from services.notification.store.queue import Change, QueuedMessage
from services.notification.tables import DeliveryBatch
from shared.contracts.events.notification_delivered import NotificationDelivered
from shared.contracts.events.notification_failed import NotificationFailed
from shared.contracts.events.notification_sent import NotificationSent
from shared.messaging.outbox import UnitOfWork
from shared.money import Rupiah
from shared.periods import Month

_EXPIRED_AT_ONCE = 20_000
_NO_CHARGE = Rupiah(0)
_TAKEN = (OutcomeKind.ARRIVED, OutcomeKind.ACCEPTED)
_LEFT = (MessageState.SENT, MessageState.DELIVERED)


class Claim(NamedTuple):
    """An open batch with its messages, or None; and how many other messages began to wait for their contact."""

    batch: DeliveryBatch | None
    messages: list[ClaimedMessage]
    waiting: int


async def claim_batch(uow: UnitOfWork, channel: str, limit: int) -> Claim:
    """Open a batch of messages that may leave now, if there are any. Those without a contact begin to wait for it."""
    due = await store.queue.due(uow, limit)
    if due.without_contact:
        # Ask once more while no contact can arrive: those that came in between are left for the next claim.
        await store.contacts.hold(uow)
        due = await store.queue.due(uow, limit)
        if due.without_contact:
            await store.queue.wait_for_contact(uow, due.without_contact)
    if not due.ready:
        return Claim(None, [], len(due.without_contact))
    batch = await store.batches.open(uow, channel, due.ready)
    return Claim(batch, await store.batches.messages(uow, batch.batch_id), len(due.without_contact))


async def mark_batch(
    uow: UnitOfWork, batch: DeliveryBatch, channel: str, results: Sequence[Result], patience: Patience
) -> None:
    """Write down what came of every message of ``batch`` and close it."""
    changes, attempts = [], []
    for result in results:
        message, outcome = result.message, result.outcome
        attempt = message.attempts + outcome.tried
        step = step_after(outcome, attempt, patience, uow.moment)
        changes.append(Change(message, step, _emit(uow, channel, result, step, attempt), int(outcome.tried)))
        if outcome.tried:
            attempts.append(TriedMessage(message.message_id, attempt, outcome, result.template))
    await store.queue.mark(uow, channel, changes, from_state=MessageState.QUEUED)
    await store.batches.add_attempts(uow, batch.batch_id, attempts)
    await store.batches.close(uow, batch.batch_id, sum(result.outcome.kind in _TAKEN for result in results))


async def give_up_waiting(uow: UnitOfWork, channel: str, contact_patience: timedelta) -> int:
    """Fail the messages whose recipient's contact has not arrived in ``contact_patience``; gives how many."""
    await store.contacts.hold(uow)
    messages = await store.queue.waiting_since(uow, uow.moment - contact_patience, _EXPIRED_AT_ONCE)
    step = Step(MessageState.FAILED, FailureReason.NO_CONTACT)
    changes = [
        Change(message, step, _emit_failed(uow, channel, message, step, message.attempts), 0) for message in messages
    ]
    if changes:
        await store.queue.mark(uow, channel, changes, from_state=MessageState.WAITING_CONTACT)
    return len(changes)


def _emit(uow: UnitOfWork, channel: str, result: Result, step: Step, attempts: int) -> int:
    """Say what has become of a message; gives the number of events."""
    message, template = result.message, result.template
    if step.state is MessageState.FAILED:
        return _emit_failed(uow, channel, message, step, attempts)
    if step.state not in _LEFT or template is None:
        return 0
    about = _about(channel, message)
    uow.emit(
        NotificationSent(
            aggregate_version=message.version + 1,
            **about,
            language=template.language,
            template=template.template,
            template_version=template.version,
            attempt=attempts,
            cost_rupiah=_NO_CHARGE,
            sent_at=uow.moment,
            cause_event_id=message.cause_event_id,
        )
    )
    if step.state is MessageState.SENT:
        return 1
    uow.emit(NotificationDelivered(aggregate_version=message.version + 2, **about, delivered_at=uow.moment))
    return 2


def _emit_failed(uow: UnitOfWork, channel: str, message: QueuedMessage, step: Step, attempts: int) -> int:
    """Say that a message has failed; gives the number of events."""
    uow.emit(
        NotificationFailed(
            aggregate_version=message.version + 1,
            **_about(channel, message),
            reason=str(step.reason),
            attempts=attempts,
            failed_at=uow.moment,
        )
    )
    return 1


def _about(channel: str, message: QueuedMessage) -> dict[str, Any]:
    return {
        "message_id": message.message_id,
        "recipient_id": message.recipient_id,
        "recipient_kind": message.recipient_kind,
        "purpose": message.purpose,
        "period": Month.parse(message.period),
        "channel": channel,
    }
