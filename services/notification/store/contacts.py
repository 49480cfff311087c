"""Contacts as ciphertext: the latest one holds, an erasure takes it away, and repeats in any order change nothing.

Contacts are ordered by their version; an erasure, which has none, by its moment. So neither a contact from before an
erasure nor an erasure from before a contact undoes the later one, however often they are read again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.database import Transaction
from shared.privacy import SealedContact

# Contact handlers share this lock, and what looks for missing contacts takes it alone: no message can start to wait
# in the moment in which its contact arrives.
_LOCK_CLASS, _LOCK_CONTACTS = 0x5041_594E, 1  # "PAYN"
_SHARE = "SELECT pg_advisory_xact_lock_shared($1, $2)"
_ALONE = "SELECT pg_advisory_xact_lock($1, $2)"

_ERASE = """
INSERT INTO contact AS known (recipient_id, recipient_kind, version, occurred_at, erased_at)
SELECT recipient_id, $3, 0, erased_at, erased_at FROM unnest($1::uuid[], $2::timestamptz[]) n(recipient_id, erased_at)
ON CONFLICT (recipient_id) DO UPDATE
SET erased_at = excluded.erased_at, key_reference = NULL, algorithm = NULL, ciphertext = NULL, content_version = NULL
WHERE known.occurred_at <= excluded.erased_at
    AND (known.erased_at IS NULL OR known.erased_at < excluded.erased_at)
"""
_STORE = """
INSERT INTO contact AS known (
    recipient_id, version, occurred_at, key_reference, algorithm, ciphertext, content_version, recipient_kind
)
SELECT n.*, $8
FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::integer[]) n
ON CONFLICT (recipient_id) DO UPDATE
SET version = excluded.version, occurred_at = excluded.occurred_at, key_reference = excluded.key_reference,
    algorithm = excluded.algorithm, ciphertext = excluded.ciphertext, content_version = excluded.content_version,
    erased_at = NULL
WHERE excluded.version > known.version AND (known.erased_at IS NULL OR excluded.occurred_at > known.erased_at)
"""
_ANY_WAITS = "SELECT EXISTS (SELECT FROM message WHERE state = 'waiting-contact')"
_WAKE = """
UPDATE message SET state = 'queued', not_before = $2
WHERE state = 'waiting-contact' AND recipient_id IN (SELECT unnest($1::uuid[]))
"""


@dataclass(frozen=True, slots=True)
class Contacted:
    """A contact as an event tells it."""

    version: int
    occurred_at: datetime
    sealed: SealedContact


async def share_contacts(tx: Transaction) -> None:
    """Before contacts are changed, until the end of the transaction."""
    await tx.run(_SHARE, _LOCK_CLASS, _LOCK_CONTACTS)


async def hold_contacts(tx: Transaction) -> None:
    """Let no contact change until the end of the transaction."""
    await tx.run(_ALONE, _LOCK_CLASS, _LOCK_CONTACTS)


async def erase(tx: Transaction, recipient_kind: str, erased: Mapping[UUID, datetime]) -> None:
    """Forget the contacts of recipients, each at its moment."""
    ids = sorted(erased)
    await tx.run(_ERASE, ids, [erased[key] for key in ids], recipient_kind)


async def store(tx: Transaction, recipient_kind: str, contacts: Mapping[UUID, Contacted]) -> None:
    """Keep the contacts that are newer than what is known."""
    ids = sorted(contacts)
    found = [contacts[key] for key in ids]
    await tx.run(
        _STORE,
        ids,
        [one.version for one in found],
        [one.occurred_at for one in found],
        [one.sealed.key_reference for one in found],
        [one.sealed.algorithm for one in found],
        [one.sealed.ciphertext for one in found],
        [one.sealed.content_version for one in found],
        recipient_kind,
    )


async def wake_waiting(tx: Transaction, recipients: Sequence[UUID], moment: datetime) -> None:
    """Queue the messages that waited for the contact of ``recipients``. Share the contacts first."""
    if await tx.fetch_value(_ANY_WAITS):
        await tx.run(_WAKE, recipients, moment)
