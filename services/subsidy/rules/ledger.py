"""Double entry: every movement of a funding line's money is a journal whose entries add up to nothing.

A rupiah of the budget is always in exactly one place: available, reserved (assessed), billed, instructed (SP2D issued,
outcome not known yet) or paid. The appropriation is their counter-account. Entries are signed: debit positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.subsidy.rules.values import Amounts
from shared.invariants import require

APPROPRIATION: Final = "appropriation"
AVAILABLE: Final = "available"
RESERVED: Final = "reserved"
BILLED: Final = "billed"
INSTRUCTED: Final = "instructed"
PAID: Final = "paid"
ACCOUNTS: Final = (APPROPRIATION, AVAILABLE, RESERVED, BILLED, INSTRUCTED, PAID)

# What happens to money, and between which accounts it moves: from, to.
MOVES: Final = {
    "budget": (APPROPRIATION, AVAILABLE),
    "reserve": (AVAILABLE, RESERVED),
    "bill": (RESERVED, BILLED),
    "instruct": (BILLED, INSTRUCTED),
    "pay": (INSTRUCTED, PAID),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a journal: the account of a programme, and by how much it changes."""

    programme: str
    account: str
    amount_rupiah: int


def journal(kind: str, amounts: Amounts) -> tuple[Entry, ...]:
    """The entries that move ``amounts`` as ``kind`` says. Negative amounts are allowed for a budget that is cut.

    Raises InvariantError for a movement of nothing or, except for a budget, of less than nothing.
    """
    source, target = MOVES[kind]
    require(any(amounts), "A journal moves money; there is none to move.")
    require(kind == "budget" or min(amounts) >= 0, "Only a budget can be cut; other movements go forward.")
    entries = tuple(
        Entry(programme, account, sign * amount_rupiah)
        for programme, amount_rupiah in amounts.by_programme().items()
        if amount_rupiah
        for account, sign in ((target, 1), (source, -1))
    )
    require(sum(entry.amount_rupiah for entry in entries) == 0, "What one account gives another one gets.")
    return entries
