"""Who did what: a record that can be added to and never changed without showing.

Each entry carries the hash of the one before it, and the head says how many there are, so that an entry that was
changed, deleted, doubled or slipped in is found (`broken_entries`). Entries name people by their sign-in subject and
things by identifiers; personal data does not belong here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from shared.database import Transaction

_ENTRY = """
CREATE TABLE audit_entry (
    position bigint PRIMARY KEY,
    moment timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    details jsonb NOT NULL,
    hash bytea NOT NULL
)
"""
# One row. Locking it puts entries into one order; it also shows when the last entries were cut off.
_HEAD = """
CREATE TABLE audit_head (
    is_head boolean PRIMARY KEY DEFAULT true CHECK (is_head),
    entries bigint NOT NULL,
    hash bytea NOT NULL
)
"""
_FIRST_HEAD = "INSERT INTO audit_head (entries, hash) VALUES (0, '')"

_TAKE_HEAD = "SELECT entries, hash FROM audit_head FOR UPDATE"
_SEE_HEAD = "SELECT entries, hash FROM audit_head"
# Entry and head in one trip: until the commit every other entry waits.
_ADD = """
WITH added AS (
    INSERT INTO audit_entry (position, moment, actor, action, subject, details, hash)
    VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7)
)
UPDATE audit_head SET entries = $1, hash = $7
"""
_READ = """
SELECT position, moment, actor, action, subject, details::text AS details, hash FROM audit_entry ORDER BY position
"""


def create_statements() -> list[str]:
    """The statements that make the tables, one each, in order."""
    return [_ENTRY.strip(), _HEAD.strip(), _FIRST_HEAD]


def drop_statements() -> list[str]:
    """The statements that undo `create_statements`."""
    return ["DROP TABLE audit_head", "DROP TABLE audit_entry"]


async def record(
    tx: Transaction,
    moment: datetime,
    actor: str,
    action: str,
    subject: str,
    details: Mapping[str, str | int | None] | None = None,
) -> None:
    """Add an entry: ``actor`` did ``action`` to ``subject`` (such as ``decree 0198…``) at ``moment``.

    Call it last in a transaction: from here to the commit every other entry of the service waits.
    """
    head = (await tx.fetch(_TAKE_HEAD))[0]
    position = head["entries"] + 1
    text = json.dumps(dict(details or {}), sort_keys=True, ensure_ascii=False)
    digest = _digest(head["hash"], position, moment, (actor, action, subject), text)
    await tx.run(_ADD, position, moment, actor, action, subject, text, digest)


async def broken_entries(tx: Transaction, limit: int = 20) -> list[tuple[str, str]]:
    """What does not hold, as (row, sentence); empty when the record is whole."""
    broken: list[tuple[str, str]] = []
    previous, expected = b"", 1
    async for row in tx.raw.cursor(_READ, prefetch=5_000):
        name = f"audit_entry {row['position']}"
        if row["position"] != expected:
            broken.append((f"audit_entry {expected}", "The entry is missing: it was deleted."))
            expected = row["position"]
        details = json.dumps(json.loads(row["details"]), sort_keys=True, ensure_ascii=False)
        people = (row["actor"], row["action"], row["subject"])
        if row["hash"] != _digest(previous, row["position"], row["moment"], people, details):
            broken.append((name, "The entry, or the one before it, was changed after it was written."))
        previous, expected = row["hash"], expected + 1
        if len(broken) >= limit:
            return broken
    heads = await tx.fetch(_SEE_HEAD)
    if len(heads) != 1:
        return [*broken, ("audit_head", "The head of the record is missing.")]
    if (heads[0]["entries"], heads[0]["hash"]) != (expected - 1, previous):
        broken.append(("audit_head", f"It speaks of {heads[0]['entries']} entries; the record ends at {expected - 1}."))
    return broken


def _digest(previous: bytes, position: int, moment: datetime, people: tuple[str, str, str], details: str) -> bytes:
    """SHA-256 over the entry before and every field of this one."""
    fields = [position, moment.astimezone(UTC).isoformat(), *people, details]
    return hashlib.sha256(previous + json.dumps(fields, ensure_ascii=False).encode()).digest()
