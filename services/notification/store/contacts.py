"""Contacts as ciphertext: the latest one holds, an erasure takes it away, and repeats in any order change nothing.

Contacts are ordered by their version; an erasure, which has none, by its moment. So neither a contact from before an
erasure nor an erasure from before a contact undoes the later one, however often they are read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from services.notification.rules.states import RecipientKind
from shared.contracts.events.employer_contact import EmployerContact
from shared.contracts.events.worker_contact import WorkerContact
from shared.database import Transaction
from shared.messaging.envelope import Received

ContactEvent = WorkerContact | EmployerContact

# Contact handlers share this lock, and what looks for missing contacts takes it alone: no message can start to wait
# in the moment in which its contact arrives.
_LOCK_CLASS, _LOCK_CONTACTS = 0x5041_594E, 1  # "PAYN"
_SHARE = "SELECT pg_advisory_xact_lock_shared($1, $2)"
_ALONE = "SELECT pg_advisory_xact_lock($1, $2)"

_ERASE = """
INSERT INTO contact AS stored (recipient_id, recipient_kind, version, occurred_at, erased_at)
SELECT recipient_id, $3, 0, erased_at, erased_at FROM unnest($1::uuid[], $2::timestamptz[]) n(recipient_id, erased_at)
ON CONFLICT (recipient_id) DO UPDATE
SET erased_at = excluded.erased_at, key_reference = NULL, algorithm = NULL, ciphertext = NULL, content_version = NULL
WHERE stored.occurred_at <= excluded.erased_at
    AND (stored.erased_at IS NULL OR stored.erased_at < excluded.erased_at)
"""
_KEEP = """
INSERT INTO contact AS stored (
    recipient_id, version, occurred_at, key_reference, algorithm, ciphertext, content_version, recipient_kind
)
SELECT n.*, $8
FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::integer[]) n
ON CONFLICT (recipient_id) DO UPDATE
SET version = excluded.version, occurred_at = excluded.occurred_at, key_reference = excluded.key_reference,
    algorithm = excluded.algorithm, ciphertext = excluded.ciphertext, content_version = excluded.content_version,
    erased_at = NULL
WHERE excluded.version > stored.version AND (stored.erased_at IS NULL OR excluded.occurred_at > stored.erased_at)
"""


async def share(tx: Transaction) -> None:
    """Before contacts are changed, until the end of the transaction."""
    await tx.run(_SHARE, _LOCK_CLASS, _LOCK_CONTACTS)


async def hold(tx: Transaction) -> None:
    """Let no contact change until the end of the transaction."""
    await tx.run(_ALONE, _LOCK_CLASS, _LOCK_CONTACTS)


async def erase(tx: Transaction, recipient_kind: RecipientKind, erased: Mapping[UUID, datetime]) -> None:
    """Forget the contacts of recipients, each at its moment."""
    ids = sorted(erased)
    await tx.run(_ERASE, ids, [erased[key] for key in ids], recipient_kind)


async def keep(tx: Transaction, recipient_kind: RecipientKind, latest: Mapping[UUID, Received[ContactEvent]]) -> None:
    """Keep the contacts that are newer than what is stored."""
    ids = sorted(latest)
    events = [latest[key].event for key in ids]
    await tx.run(
        _KEEP,
        ids,
        [event.aggregate_version for event in events],
        [latest[key].occurred_at for key in ids],
        [event.key_reference for event in events],
        [event.algorithm for event in events],
        [event.ciphertext for event in events],
        [event.content_version for event in events],
        recipient_kind,
    )
