"""The table of answered commands: its statements, and the four things done with it.

A row is inserted in the same transaction as the command's effect. So the key, the effect and the answer exist
together or not at all, and a second request with the same key waits at the insert until the first one has ended.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.database import Transaction

MIN_RETENTION = timedelta(days=7)
MAX_ANSWER_BYTES = 64 * 1024
_NONCE_BYTES = 12

_TABLE = f"""
CREATE TABLE idempotency_key (
    -- SHA-256 of who, what and the key itself: the key is also what the stored answer is sealed with.
    key_digest bytea PRIMARY KEY CHECK (octet_length(key_digest) = 32),
    operation text NOT NULL,
    request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    answered_at timestamptz NOT NULL,
    -- Null only inside the transaction that is still working.
    status_code smallint CHECK (status_code BETWEEN 200 AND 499),
    sealed_answer bytea CHECK (octet_length(sealed_answer) <= {MAX_ANSWER_BYTES + 4096}),
    CHECK ((status_code IS NULL) = (sealed_answer IS NULL))
) WITH (fillfactor = 70)
"""

# BRIN: rows arrive in time order, so the purge finds the old end with an index of a few pages.
_INDEX = "CREATE INDEX idempotency_key_answered_at ON idempotency_key USING brin (answered_at)"

_TAKE = """
INSERT INTO idempotency_key (key_digest, operation, request_hash, answered_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (key_digest) DO NOTHING RETURNING true
"""
_FIND = "SELECT request_hash, status_code, sealed_answer FROM idempotency_key WHERE key_digest = $1"
_STORE = "UPDATE idempotency_key SET status_code = $2, sealed_answer = $3 WHERE key_digest = $1"
_PURGE = """
WITH old AS (
    SELECT key_digest FROM idempotency_key WHERE answered_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
)
DELETE FROM idempotency_key USING old WHERE idempotency_key.key_digest = old.key_digest
"""


def create_statements() -> list[str]:
    """The statements that make the table, for a service's migration, in order."""
    return [_TABLE.strip(), _INDEX]


def drop_statements() -> list[str]:
    """The statements that undo `create_statements`."""
    return ["DROP TABLE idempotency_key"]


@dataclass(frozen=True)
class StoredAnswer:
    """An earlier answer to a command, still sealed."""

    request_hash: bytes
    status_code: int
    sealed_answer: bytes


@dataclass(frozen=True)
class CommandKey:
    """An Idempotency-Key bound to who uses it and for which operation (``POST /v1/workers``)."""

    subject: str
    operation: str
    secret: bytes  # the key as the client sent it

    @property
    def digest(self) -> bytes:
        """Names the row. Each part carries its length, so that no two different triples give the same bytes."""
        parts = (self.subject.encode(), self.operation.encode(), self.secret)
        return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()

    def _cipher(self) -> AESGCM:
        hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=self.digest, info=b"payung idempotency answer")
        return AESGCM(hkdf.derive(self.secret))

    def seal(self, answer: bytes) -> bytes:
        """Encrypt an answer so that only who presents the key again can read it: a copy of the table tells nothing."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher().encrypt(nonce, answer, self.digest)

    def unseal(self, sealed: bytes) -> bytes:
        """The answer again. Raises cryptography's InvalidTag if the row was tampered with."""
        return self._cipher().decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self.digest)


async def take_key(tx: Transaction, key: CommandKey, request_hash: bytes, now: datetime) -> StoredAnswer | None:
    """Claim ``key`` for this transaction (None), or give the answer that an earlier one has stored.

    Waits while another transaction holds the key, at most the connection's lock_timeout.
    """
    taken = await tx.fetch_value(_TAKE, key.digest, key.operation, request_hash, now)
    if taken:
        return None
    rows = await tx.fetch(_FIND, key.digest)
    if not rows:
        # The row was purged between the two statements: claim it after all.
        return await take_key(tx, key, request_hash, now)
    row = rows[0]
    if row["status_code"] is None:
        raise RuntimeError("A command key was committed without its answer; this cannot happen.")
    return StoredAnswer(row["request_hash"], row["status_code"], row["sealed_answer"])


async def store_answer(tx: Transaction, key: CommandKey, status_code: int, answer: bytes) -> None:
    """Store the answer in the transaction that took the key. Raises ValueError for one that may not be stored."""
    if not 200 <= status_code <= 499:
        raise ValueError(f"An answer with status {status_code} is not stored: raise an error, and nothing is kept.")
    if len(answer) > MAX_ANSWER_BYTES:
        raise ValueError(
            f"The answer to a command has {len(answer)} bytes; at most {MAX_ANSWER_BYTES} are kept. Answer with an "
            "identifier and let the client read the rest."
        )
    tag = await tx.run(_STORE, key.digest, status_code, key.seal(answer))
    if tag != "UPDATE 1":
        raise RuntimeError("The command key vanished from its own transaction.")


async def purge_answers(
    tx: Transaction, *, now: datetime, retention: timedelta = MIN_RETENTION, limit: int = 10_000
) -> int:
    """Delete up to ``limit`` answers older than ``retention``; gives how many. Call it until it gives less.

    Raises ValueError below seven days: agencies repeat late, and a repeat after the purge is a new command.
    """
    if retention < MIN_RETENTION:
        raise ValueError("Answers are kept for at least seven days, because agencies repeat late.")
    tag = await tx.run(_PURGE, now - retention, limit)
    return int(tag.rpartition(" ")[2])
