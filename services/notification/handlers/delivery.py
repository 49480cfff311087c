"""Messages are claimed, marked and given up, each in one transaction with the events that say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.notification.rules import Kind, Outcome, Patience, Step, Template, step_after
from services.notification.store import contacts, delivery
from services.notification.store.delivery import Due, Marked, OpenBatch, Queued
from shared.contracts.events.notification_delivered import NotificationDelivered
from shared.contracts.events.notification_failed import NotificationFailed
from shared.contracts.events.notification_sent import NotificationSent
from shared.messaging.outbox import UnitOfWork
from shared.money import Rupiah
from shared.periods import Month

_EXPIRED_AT_ONCE = 20_000
_NO_CHARGE = Rupiah(0)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one claimed message: ``template`` and ``language`` are those of the text, where one was written."""

    message: Queued
    outcome: Outcome
    template: Template | None = None


async def claim(uow: UnitOfWork, channel: str, limit: int) -> OpenBatch | int:
    """Open a batch of messages that may leave now; a number where there is none to open: how many others were moved.

    Messages without a known contact begin to wait for it, those whose recipient was erased have failed.
    """
    due = await delivery.due_messages(uow, uow.moment, limit)
    if due.unknown:
        # Ask once more while no contact can arrive: those that came in between are left for the next claim.
        await contacts.hold_contacts(uow)
        due = await delivery.due_messages(uow, uow.moment, limit)
        if due.unknown:
            await delivery.wait_for_contact(uow, due.unknown)
    # An erased contact is claimed like any other; it fails when it is looked at.
    ready: list[Due] = [*due.ready, *due.erased]
    if not ready:
        return len(due.unknown)
    return await delivery.open_batch(uow, channel, ready)


async def mark(uow: UnitOfWork, batch: OpenBatch, channel: str, results: Sequence[Result], patience: Patience) -> None:
    """Write down what came of every message of ``batch`` and close it."""
    marked, attempts, handed_over = [], [], 0
    for result in results:
        message, outcome = result.message, result.outcome
        tries = int(outcome.tried)
        step = step_after(outcome, message.attempts + tries, patience, uow.moment)
        events = _emit(uow, channel, result, step, message.attempts + tries)
        handed_over += outcome.kind in {Kind.ARRIVED, Kind.ACCEPTED}
        marked.append(Marked(message.message_id, message.period, step, events, tries))
        if outcome.tried:
            attempts.append(_attempt(uow, batch, result, message.attempts + 1))
    await delivery.mark(uow, channel, marked, from_states=("queued",))
    await delivery.note_attempts(uow, attempts)
    await delivery.close_batch(uow, batch.batch_id, handed_over)


def _attempt(uow: UnitOfWork, batch: OpenBatch, result: Result, number: int) -> tuple[object, ...]:
    template = result.template
    outcome = result.outcome
    return (
        result.message.message_id,
        number,
        batch.batch_id,
        outcome.kind.name.lower(),
        outcome.reason,
        template.language if template else None,
        template.template if template else None,
        template.version if template else None,
        uow.moment,
    )


def _emit(uow: UnitOfWork, channel: str, result: Result, step: Step, attempts: int) -> int:
    """Say what has become of a message; gives the number of events."""
    message, template = result.message, result.template
    if step.state == "failed":
        _fail(uow, channel, message, step.reason or "", attempts)
        return 1
    if step.state not in {"sent", "delivered"} or template is None:
        return 0
    about: dict[str, Any] = {
        "message_id": message.message_id,
        "recipient_id": message.recipient_id,
        "recipient_kind": message.recipient_kind,
        "purpose": message.purpose,
        "period": Month.of(message.period),
        "channel": channel,
    }
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
    if step.state == "sent":
        return 1
    uow.emit(NotificationDelivered(aggregate_version=message.version + 2, **about, delivered_at=uow.moment))
    return 2


def _fail(uow: UnitOfWork, channel: str, message: Queued, reason: str, attempts: int) -> None:
    uow.emit(
        NotificationFailed(
            aggregate_version=message.version + 1,
            message_id=message.message_id,
            recipient_id=message.recipient_id,
            recipient_kind=message.recipient_kind,
            purpose=message.purpose,
            period=Month.of(message.period),
            channel=channel,
            reason=reason,
            attempts=attempts,
            failed_at=uow.moment,
        )
    )


async def give_up_waiting(uow: UnitOfWork, channel: str, contact_patience: timedelta) -> int:
    """Fail the messages whose recipient's contact has not arrived in ``contact_patience``; gives how many."""
    await contacts.hold_contacts(uow)
    expired = await delivery.expired_waiting(uow, uow.moment - contact_patience, _EXPIRED_AT_ONCE)
    for message in expired:
        _fail(uow, channel, message, "no-contact", message.attempts)
    step = Step("failed", "no-contact")
    marked = [Marked(message.message_id, message.period, step, 1, 0) for message in expired]
    if marked:
        await delivery.mark(uow, channel, marked, from_states=("waiting-contact",))
    return len(marked)
