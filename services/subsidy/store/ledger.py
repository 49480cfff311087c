"""Journals, their entries and the balances that they add up to: written together, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.subsidy.rules.ledger import Account, Move, journal
from services.subsidy.rules.values import JKK, JKM, Amounts
from shared.database import Transaction
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork

_JOURNAL = "INSERT INTO journal (journal_id, kind, funding_line_id, subject_id, made_at) VALUES ($1, $2, $3, $4, $5)"
_ENTRIES = """
INSERT INTO journal_entry (journal_id, funding_line_id, programme, account, amount_rupiah)
SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::bigint[])
"""
_BALANCES = """
UPDATE balance b SET amount_rupiah = b.amount_rupiah + change.amount_rupiah
FROM unnest($2::text[], $3::text[], $4::bigint[]) change (programme, account, amount_rupiah)
WHERE b.funding_line_id = $1 AND b.programme = change.programme AND b.account = change.account
RETURNING b.amount_rupiah
"""
_OPEN = """
INSERT INTO balance (funding_line_id, programme, account, amount_rupiah)
SELECT $1, programme, account, 0 FROM unnest($2::text[]) programme, unnest($3::text[]) account
"""
_ALL = "SELECT account, programme, amount_rupiah FROM balance WHERE funding_line_id = $1 ORDER BY account, programme"
_BALANCE = "SELECT programme, amount_rupiah FROM balance WHERE funding_line_id = $1 AND account = $2"


async def open_accounts(uow: UnitOfWork, line_id: UUID, programmes: Sequence[str], accounts: Iterable[str]) -> None:
    """Make the accounts of a funding line, all empty. An account below zero cannot be committed (check constraint)."""
    await uow.run(_OPEN, line_id, list(programmes), list(accounts))


async def post(
    uow: UnitOfWork, line_id: UUID, move: Move, subject_id: UUID, amounts: Amounts, *, journal_id: UUID | None = None
) -> None:
    """Write a journal and change the balances by it. The caller holds the funding line's lock.

    ``journal_id`` is given where rows name it already. When an account would go below zero, the database refuses.
    Raises InvariantError as `journal` does.
    """
    entries = journal(move, amounts)
    require(len({(entry.programme, entry.account) for entry in entries}) == len(entries), "An account has one entry.")
    journal_id = journal_id or uow.ids.next()
    programmes = [entry.programme for entry in entries]
    accounts = [entry.account for entry in entries]
    changes = [entry.amount_rupiah for entry in entries]
    await uow.run(_JOURNAL, journal_id, move, line_id, subject_id, uow.moment)
    await uow.run(_ENTRIES, journal_id, line_id, programmes, accounts, changes)
    changed = await uow.fetch(_BALANCES, line_id, programmes, accounts, changes)
    require(len(changed) == len(entries), "Every entry changes one balance.")


async def balance(uow: UnitOfWork, line_id: UUID, account: Account) -> Amounts:
    """What is on an account of a funding line now."""
    amounts = {row["programme"]: row["amount_rupiah"] for row in await uow.fetch(_BALANCE, line_id, account)}
    return Amounts(amounts.get(JKK, 0), amounts.get(JKM, 0))


async def all_balances(tx: Transaction, line_id: UUID) -> dict[str, dict[str, int]]:
    """What is on every account of a funding line, by account and programme."""
    balances: dict[str, dict[str, int]] = {}
    for row in await tx.fetch(_ALL, line_id):
        balances.setdefault(row["account"], {})[row["programme"]] = row["amount_rupiah"]
    return balances
