"""What was announced about delays: each once per contribution and begun month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from services.compliance.rules.accounts import Account
from services.compliance.tables import LateNotice
from shared.database.records import columns
from shared.messaging.outbox import UnitOfWork

_ADD = f"""
INSERT INTO late_notice ({columns(LateNotice)})
SELECT n.*, $7 FROM unnest($1::uuid[], $2::integer[], $3::date[], $4::bigint[], $5::bigint[], $6::text[]) n
ON CONFLICT (contribution_id, months_late) DO NOTHING
RETURNING contribution_id
"""  # noqa: S608 - columns of our own table


async def add(uow: UnitOfWork, late: Sequence[Account], ageing_class: Callable[[int], str]) -> set[UUID]:
    """Put the delays of accounts on record; gives the contributions whose delay was not on record yet.

    ``ageing_class``: the class of a receivable by months of delay.
    """
    rows = await uow.fetch(
        _ADD,
        [account.contribution_id for account in late],
        [account.months_late for account in late],
        [account.counted_until for account in late],
        [account.outstanding_rupiah for account in late],
        [account.fine_due_rupiah for account in late],
        [ageing_class(account.months_late) for account in late],
        uow.moment,
    )
    return {row["contribution_id"] for row in rows}
