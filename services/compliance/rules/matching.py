"""Which debt a payment pays: the month it names first, then what is left of it the oldest month that is still owed.

Money for a month that is not assessed yet waits. Contribution money pays contributions and fine money pays fines: the
payment file tells them apart, and mixing them would hide who owes what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.compliance.rules.tariff import CHARGED
from shared.invariants import require
from shared.money import Rupiah
from shared.periods import Month

_ORDER: Final = {programme: number for number, programme in enumerate(CHARGED)}


@dataclass(frozen=True, slots=True)
class Money:
    """What is left of a payment, for one purpose. ``month`` is the contribution month it was paid for."""

    payment_id: UUID
    employer_id: UUID
    month: Month
    paid_on: date
    left_rupiah: int


@dataclass(frozen=True, slots=True)
class Debt:
    """What is owed of a contribution, for one purpose."""

    contribution_id: UUID
    employer_id: UUID
    month: Month
    owed_rupiah: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """Money of a payment that goes to a contribution; negative when it is taken back."""

    payment_id: UUID
    contribution_id: UUID
    amount_rupiah: int


def allocate(money: Iterable[Money], debts: Iterable[Debt]) -> list[Allocation]:
    """Share out ``money`` among ``debts`` of the same employers, in order of the days of payment.

    First every payment serves its own month, then what is left goes to the oldest debt of its employer. What no debt
    takes stays with the payment. The same input in any order gives the same allocations.
    """
    payments = sorted(money, key=lambda item: (item.paid_on, item.payment_id))
    ordered = sorted(debts, key=lambda debt: (debt.month, debt.contribution_id))
    left = {item.payment_id: item.left_rupiah for item in payments}
    owed = {debt.contribution_id: debt.owed_rupiah for debt in ordered}
    require(min(left.values(), default=0) >= 0, "A payment has not given more than it has.")
    require(min(owed.values(), default=0) >= 0, "Nothing is paid beyond what is due.")
    by_employer: dict[UUID, list[Debt]] = {}
    for debt in ordered:
        by_employer.setdefault(debt.employer_id, []).append(debt)
    given: dict[tuple[UUID, UUID], int] = {}
    for own_month in (True, False):
        for item in payments:
            for debt in by_employer.get(item.employer_id, ()):
                if own_month and debt.month != item.month:
                    continue
                amount_rupiah = min(left[item.payment_id], owed[debt.contribution_id])
                if amount_rupiah == 0:
                    continue
                left[item.payment_id] -= amount_rupiah
                owed[debt.contribution_id] -= amount_rupiah
                key = (item.payment_id, debt.contribution_id)
                given[key] = given.get(key, 0) + amount_rupiah
    total_rupiah = sum(given.values())
    had_rupiah, owed_rupiah = sum(item.left_rupiah for item in payments), sum(debt.owed_rupiah for debt in ordered)
    require(had_rupiah == sum(left.values()) + total_rupiah, "No money is lost in sharing it out.")
    require(owed_rupiah == sum(owed.values()) + total_rupiah, "No money is made in sharing it out.")
    return [Allocation(payment, debt, amount) for (payment, debt), amount in given.items()]


def take_back(given: Sequence[Allocation], excess_rupiah: int) -> list[Allocation]:
    """Take ``excess_rupiah`` back from ``given`` (newest first), because less is owed than was thought.

    Gives the allocations that undo it, each negative.

    Raises:
        InvariantError: less than that was given.
    """
    rest_rupiah, undone = excess_rupiah, []
    for allocation in given:
        amount_rupiah = min(rest_rupiah, allocation.amount_rupiah)
        if amount_rupiah > 0:
            undone.append(Allocation(allocation.payment_id, allocation.contribution_id, -amount_rupiah))
            rest_rupiah -= amount_rupiah
    require(rest_rupiah == 0, "No more is taken back than the allocations of a contribution have given.")
    require(-sum(item.amount_rupiah for item in undone) == excess_rupiah, "Exactly what was too much is taken back.")
    return undone


def attribute(due_rupiah: Mapping[str, int], before_rupiah: int, after_rupiah: int) -> dict[str, Rupiah]:
    """Split what moves the paid sum from ``before_rupiah`` to ``after_rupiah`` over the programmes.

    Programmes are filled in the order JKK, JKM, JHT, JP, so that cover against accident and death comes first; no law
    says how a part payment is split (docs/adr/0024).
    """
    require(0 <= before_rupiah <= after_rupiah <= sum(due_rupiah.values()), "What is paid lies within what is due.")
    amounts: dict[str, Rupiah] = {}
    filled_rupiah = 0
    for programme in sorted(due_rupiah, key=lambda name: _ORDER[name]):
        ceiling_rupiah = due_rupiah[programme]
        share = _within(after_rupiah - filled_rupiah, ceiling_rupiah) - _within(
            before_rupiah - filled_rupiah, ceiling_rupiah
        )
        amounts[programme] = Rupiah(share)
        filled_rupiah += ceiling_rupiah
    require(sum(amounts.values()) == after_rupiah - before_rupiah, "Every rupiah paid has its programme.")
    return amounts


def _within(amount_rupiah: int, ceiling_rupiah: int) -> int:
    return max(0, min(amount_rupiah, ceiling_rupiah))
