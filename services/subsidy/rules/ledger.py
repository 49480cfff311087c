"""Double entry: every movement of a funding line's money is a journal whose entries add up to nothing.

A rupiah of the budget is always in exactly one place: available, reserved (assessed), billed, instructed (SP2D issued,
outcome not known yet) or paid. The appropriation is their counter-account. Entries are signed: debit positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.subsidy.rules.values import Amounts
from shared.invariants import require


class Account(StrEnum):
    """Where a rupiah of the budget can be."""

    APPROPRIATION = "appropriation"
    AVAILABLE = "available"
    RESERVED = "reserved"
    BILLED = "billed"
    INSTRUCTED = "instructed"
    PAID = "paid"


class Move(StrEnum):
    """What happens to money. The value is the kind of the journal."""

    BUDGET = "budget"
    RESERVE = "reserve"
    BILL = "bill"
    INSTRUCT = "instruct"
    PAY = "pay"


# Between which accounts money moves: from, to.
MOVES: Final = {
    Move.BUDGET: (Account.APPROPRIATION, Account.AVAILABLE),
    Move.RESERVE: (Account.AVAILABLE, Account.RESERVED),
    Move.BILL: (Account.RESERVED, Account.BILLED),
    Move.INSTRUCT: (Account.BILLED, Account.INSTRUCTED),
    Move.PAY: (Account.INSTRUCTED, Account.PAID),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a journal: the account of a programme, and by how much it changes."""

    programme: str
    account: Account
    amount_rupiah: int


def journal(move: Move, amounts: Amounts) -> tuple[Entry, ...]:
    """The entries of a movement of ``amounts``. Negative amounts are allowed for a budget that is cut.

    Raises InvariantError for a movement of nothing or, except for a budget, of less than nothing.
    """
    source, target = MOVES[move]
    require(any(amounts), "A journal moves money; there is none to move.")
    require(move is Move.BUDGET or min(amounts) >= 0, "Only a budget can be cut; other movements go forward.")
    entries = tuple(
        Entry(programme, account, sign * amount_rupiah)
        for programme, amount_rupiah in amounts.by_programme().items()
        if amount_rupiah
        for account, sign in ((target, 1), (source, -1))
    )
    require(sum(entry.amount_rupiah for entry in entries) == 0, "What one account gives another one gets.")
    return entries
