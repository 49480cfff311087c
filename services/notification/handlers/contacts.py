"""How to reach people arrives sealed and stays sealed; an erasure is obeyed at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notification import store
from services.notification.rules.states import RecipientKind
from services.notification.store.contacts import ContactEvent
from shared.contracts.events.employer_contact import EmployerContact
from shared.contracts.events.worker_contact import WorkerContact
from shared.ids import fast_uuid
from shared.messaging.envelope import Received
from shared.messaging.outbox import UnitOfWork


async def on_worker_contact(uow: UnitOfWork, events: Sequence[Received[WorkerContact]]) -> None:
    """Keep or forget the contacts of workers."""
    await _keep(uow, RecipientKind.WORKER, events)


async def on_employer_contact(uow: UnitOfWork, events: Sequence[Received[EmployerContact]]) -> None:
    """Keep or forget the contacts of employers."""
    await _keep(uow, RecipientKind.EMPLOYER, events)


async def _keep(uow: UnitOfWork, kind: RecipientKind, events: Sequence[Received[Any]]) -> None:
    """Keep the latest contact of each key, forget those with a deletion mark (which has no event)."""
    latest: dict[UUID, Received[ContactEvent]] = {}
    erased: dict[UUID, datetime] = {}
    for received in events:
        recipient_id = fast_uuid(received.key)
        if received.event is None:
            erased[recipient_id] = max(erased.get(recipient_id, received.occurred_at), received.occurred_at)
            continue
        before = latest.get(recipient_id)
        if before is None or received.event.aggregate_version > before.event.aggregate_version:
            latest[recipient_id] = received
    await store.contacts.share(uow)
    if erased:
        await store.contacts.erase(uow, kind, erased)
    if latest:
        await store.contacts.keep(uow, kind, latest)
    await store.queue.wake(uow, sorted({*latest, *erased}))
