"""Grants as subsidy has told of them: which months of which group, and when they ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from shared.database import Transaction

_GRANT = """
INSERT INTO subsidy_grant (grant_id, worker_id, group_id, first_month, last_month, granted_version)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bigint[])
ON CONFLICT (grant_id) DO UPDATE
SET worker_id = excluded.worker_id, group_id = excluded.group_id, first_month = excluded.first_month,
    last_month = excluded.last_month, granted_version = excluded.granted_version
WHERE subsidy_grant.granted_version IS NULL OR subsidy_grant.granted_version < excluded.granted_version
"""
_END = """
INSERT INTO subsidy_grant (grant_id, worker_id, ended_version, ended_last_month, ended_reason)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[])
ON CONFLICT (grant_id) DO UPDATE
SET ended_version = excluded.ended_version, ended_last_month = excluded.ended_last_month,
    ended_reason = excluded.ended_reason
WHERE subsidy_grant.ended_version IS NULL OR subsidy_grant.ended_version < excluded.ended_version
"""


class Granted(NamedTuple):
    """What a grant says, by the version of its event."""

    grant_id: UUID
    worker_id: UUID
    group_id: UUID
    first_month: str
    last_month: str
    version: int


class Ended(NamedTuple):
    """That a grant has ended, by the version of its event; ``last_month`` is the last that is still paid."""

    grant_id: UUID
    worker_id: UUID
    version: int
    last_month: str | None
    reason: str


async def put(tx: Transaction, grants: Sequence[Granted]) -> None:
    """Note grants, each once; newer versions hold."""
    await tx.run(_GRANT, *(list(column) for column in zip(*sorted(grants), strict=True)))


async def end(tx: Transaction, ends: Sequence[Ended]) -> None:
    """Note ends, each grant's once; newer versions hold."""
    await tx.run(_END, *(list(column) for column in zip(*sorted(ends), strict=True)))
