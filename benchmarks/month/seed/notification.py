"""Notification's side of the world: a sealed contact for everybody, and the message that cover has begun, delivered."""

from __future__ import annotations

import asyncpg

from benchmarks.month.shape import Shape

_BATCH = 1000

# Text of the right form and length for a sealed contact that no key opens: nothing in a month reads it.
_CONTACTS = """
INSERT INTO contact (recipient_id, recipient_kind, version, occurred_at, key_reference, algorithm, ciphertext,
    content_version)
SELECT worker_id, 'worker', 3, now(), 'bench', 'AES-256-GCM', repeat(md5('contact' || i), 8), 1
FROM bench_person ORDER BY i
"""
_MESSAGES = """
INSERT INTO message (recipient_id, purpose, period, message_id, recipient_kind, region_code, facts, cause_event_id,
    state, channel, version, attempts, created_at, not_before)
SELECT worker_id, 'covered', $1, bench_id('message', i), 'worker', region_code, '{"programmes": ["JKK", "JKM"]}',
    bench_id('cause', i), 'delivered', 'mailbox', 1, 1, now(), now()
FROM bench_person ORDER BY i
"""
_BATCHES = f"""
INSERT INTO delivery_batch (batch_id, channel, messages, handed_over, opened_at, closed_at)
SELECT bench_id('batch', (i - 1) / {_BATCH}), 'mailbox', count(*), count(*), now(), now()
FROM bench_person GROUP BY (i - 1) / {_BATCH}
"""  # noqa: S608 - a number of this file
_ATTEMPTS = f"""
INSERT INTO attempt (message_id, attempt, batch_id, outcome, at)
SELECT bench_id('message', i), 1, bench_id('batch', (i - 1) / {_BATCH}), 'arrived', now() FROM bench_person ORDER BY i
"""  # noqa: S608
_ARRIVAL = """
INSERT INTO arrival (arrival_id, purpose, messages, arrived_at) VALUES (bench_id('arrival', 0), 'covered', $1, now())
"""
TABLES = ("contact", "message", "attempt", "delivery_batch")


async def sow(connection: asyncpg.Connection, shape: Shape) -> None:
    """Fill the database; ``bench_person`` is there."""
    await connection.execute(_CONTACTS)
    await connection.execute(_MESSAGES, str(shape.months[0]))
    await connection.execute(_BATCHES)
    await connection.execute(_ATTEMPTS)
    await connection.execute(_ARRIVAL, shape.total)
