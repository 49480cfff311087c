"""How to reach people arrives sealed and stays sealed; an erasure is obeyed at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notification.store import contacts
from services.notification.store.contacts import Contacted
from shared.contracts.events.employer_contact import EmployerContact
from shared.contracts.events.worker_contact import WorkerContact
from shared.ids import fast_uuid
from shared.messaging.envelope import Received
from shared.messaging.outbox import UnitOfWork
from shared.privacy import SealedContact


async def on_worker_contact(uow: UnitOfWork, events: Sequence[Received[WorkerContact]]) -> None:
    """Keep or forget the contacts of workers."""
    told = ((received, received.event.worker_id) for received in events if received.event is not None)
    await _keep("worker", told, _erased(events), uow)


async def on_employer_contact(uow: UnitOfWork, events: Sequence[Received[EmployerContact]]) -> None:
    """Keep or forget the contacts of employers."""
    told = ((received, received.event.employer_id) for received in events if received.event is not None)
    await _keep("employer", told, _erased(events), uow)


def _erased(events: Sequence[Received[Any]]) -> dict[UUID, datetime]:
    """The last deletion mark of each key; it has no event."""
    erased: dict[UUID, datetime] = {}
    for received in events:
        if received.event is None:
            key = fast_uuid(received.key)
            erased[key] = max(erased.get(key, received.occurred_at), received.occurred_at)
    return erased


async def _keep(
    kind: str,
    told: Iterable[tuple[Received[WorkerContact] | Received[EmployerContact], UUID]],
    erased: dict[UUID, datetime],
    uow: UnitOfWork,
) -> None:
    latest: dict[UUID, Contacted] = {}
    for received, recipient_id in told:
        event = received.event
        known = latest.get(recipient_id)
        if known is None or event.aggregate_version > known.version:
            sealed = SealedContact(event.key_reference, event.algorithm, event.ciphertext, event.content_version)
            latest[recipient_id] = Contacted(event.aggregate_version, received.occurred_at, sealed)
    await contacts.share_contacts(uow)
    if erased:
        await contacts.erase(uow, kind, erased)
    if latest:
        await contacts.store(uow, kind, latest)
    await contacts.wake_waiting(uow, sorted({*latest, *erased}), uow.moment)
