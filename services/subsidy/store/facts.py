"""What subsidy says and has heard of things that two services must agree on, in bytewise order of key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from shared.database import Transaction

FactStream = Callable[[Transaction], AsyncIterator[tuple[str, str]]]

_PREFETCH = 5_000


def _stream(query: str, meaning: str) -> FactStream:
    async def stream(tx: Transaction) -> AsyncIterator[tuple[str, str]]:
        async for row in tx.raw.cursor(query, prefetch=_PREFETCH):
            yield row["key"], row["value"]

    stream.__doc__ = meaning
    return stream


decisions = _stream(
    "SELECT worker_id::text AS key, decision AS value FROM worker_view WHERE decision IS NOT NULL ORDER BY worker_id",
    "Each worker's latest decision: verified or rejected.",
)
enrolled = _stream(
    """
    SELECT worker_id::text AS key, enrolment_number || '|' || cover_from AS value FROM worker_view
    WHERE enrolled_version > exited_version ORDER BY worker_id
    """,
    "Each enrolled or lapsed worker's latest enrolment.",
)
granted = _stream(
    """
    SELECT g.grant_id::text AS key,
        g.worker_id || '|' || d.group_id || '|' || g.first_month || '|' || g.last_month AS value
    FROM subsidy_grant g JOIN decree d USING (decree_id) ORDER BY g.grant_id
    """,
    "Each grant: worker, group, first and last month.",
)
due = _stream(
    """
    SELECT contribution_id::text AS key, worker_id || '|' || month || '|' || (jkk_rupiah + jkm_rupiah) AS value
    FROM contribution ORDER BY contribution_id
    """,
    "Each assessed month: worker, month, amount.",
)
paid = _stream(
    """
    SELECT contribution_id::text AS key, worker_id || '|' || month || '|' || (jkk_rupiah + jkm_rupiah) AS value
    FROM payment_line ORDER BY contribution_id
    """,
    "Each paid month: worker, month, amount.",
)
# A month that another payer has assessed is not without payer, whatever a second payer said of it.
unfunded = _stream(
    """
    SELECT u.worker_id || '|' || u.month AS key, u.reason AS value FROM unfunded u
    WHERE NOT EXISTS (SELECT 1 FROM contribution c WHERE c.worker_id = u.worker_id AND c.month = u.month)
    ORDER BY u.worker_id, u.month
    """,
    "Each worker and month that nobody pays: the reason.",
)
paid_notices = _stream(
    "SELECT worker_id || '|' || month AS key, '' AS value FROM payment_line ORDER BY worker_id, month",
    "Each worker and month of which a message has to be sent: it is paid.",
)
