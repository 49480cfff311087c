"""Settles accounts: given what employers owe and what they have paid, who is paid, how late, and with which fine.

One function does it for every occasion (a payment, an assessment, a corrected report, the daily ageing), so that all
of them end in the same state: it is computed anew from what is owed and which money was paid when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.compliance.rules.lateness import PaidPart, lateness
from services.compliance.rules.matching import Allocation, Debt, Money, allocate, take_back
from shared.invariants import require
from shared.periods import Month


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment and what is left of it, in rupiah."""

    payment_id: UUID
    employer_id: UUID
    month: Month
    paid_on: date
    contribution_left_rupiah: int
    fine_left_rupiah: int


@dataclass(frozen=True, slots=True)
class Given:
    """What one payment has given to one contribution so far."""

    payment_id: UUID
    paid_on: date
    contribution_rupiah: int
    fine_rupiah: int


@dataclass(frozen=True, slots=True)
class Account:
    """What an employer owes for a month. ``fine_rate`` as in `lateness`; ``fine_as_of``: the last day counted."""

    contribution_id: UUID
    employer_id: UUID
    month: Month
    version: int
    due_on: date
    fine_rate: int
    due_rupiah: int
    fine_due_rupiah: int
    months_late: int
    fine_as_of: date | None
    settled_on: date | None
    given: tuple[Given, ...]

    @property
    def paid_rupiah(self) -> int:
        """Contribution paid so far."""
        return sum(part.contribution_rupiah for part in self.given)

    @property
    def fine_paid_rupiah(self) -> int:
        """Fine paid so far."""
        return sum(part.fine_rupiah for part in self.given)

    @property
    def outstanding_rupiah(self) -> int:
        """Contribution still owed, without fine."""
        return self.due_rupiah - self.paid_rupiah

    @property
    def fine_outstanding_rupiah(self) -> int:
        """Fine still owed."""
        return self.fine_due_rupiah - self.fine_paid_rupiah

    @property
    def is_late(self) -> bool:
        """Whether something is owed and its due date had passed on the last day counted."""
        return self.outstanding_rupiah > 0 and self.months_late > 0

    @property
    def counted_until(self) -> date:
        """The day that its lateness was counted until; before anything was counted, the due date."""
        return self.fine_as_of or self.due_on

    @property
    def last_paid_on(self) -> date | None:
        """Day of the latest payment that has given something."""
        days = [part.paid_on for part in self.given if part.contribution_rupiah or part.fine_rupiah]
        return max(days, default=None)


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that moves from a payment to a contribution now; negative when it is taken back."""

    payment_id: UUID
    contribution_id: UUID
    contribution_rupiah: int
    fine_rupiah: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """The accounts and payments after settling, each that was given, and the movements between them."""

    accounts: dict[UUID, Account]
    payments: dict[UUID, Payment]
    movements: list[Movement]


def settle(accounts: Iterable[Account], payments: Iterable[Payment], as_of: date | None = None) -> Settlement:
    """Match ``payments`` with ``accounts`` and count fines.

    ``payments`` are those whose month is assessed, with those that have given to an account. ``as_of``: count the
    fines of accounts that are still owed until that day; a day before the last one counted changes nothing.
    """
    before = {account.contribution_id: account for account in accounts}
    money = {payment.payment_id: payment for payment in payments}
    after, wallet = dict(before), dict(money)
    _move(after, wallet, _excess(after.values(), fine=False), fine=False)
    _move(after, wallet, _shared(wallet.values(), after.values(), fine=False), fine=False)
    after = {key: _counted(account, as_of) for key, account in after.items()}
    _move(after, wallet, _excess(after.values(), fine=True), fine=True)
    _move(after, wallet, _shared(wallet.values(), after.values(), fine=True), fine=True)
    after = {key: _closed(account, before[key]) for key, account in after.items()}
    movements = [movement for key, account in after.items() for movement in _movements(before[key], account)]
    spent_rupiah = sum(item.contribution_left_rupiah + item.fine_left_rupiah for item in money.values()) - sum(
        item.contribution_left_rupiah + item.fine_left_rupiah for item in wallet.values()
    )
    moved_rupiah = sum(move.contribution_rupiah + move.fine_rupiah for move in movements)
    require(spent_rupiah == moved_rupiah, "What left the payments has arrived.")
    require(all(map(_adds_up, after.values())), "Due = paid + outstanding, each 0 or more, of contributions and fines.")
    return Settlement(after, wallet, movements)


def _move(
    accounts: dict[UUID, Account], wallet: dict[UUID, Payment], allocations: Sequence[Allocation], *, fine: bool
) -> None:
    for item in allocations:
        payment, account = wallet[item.payment_id], accounts[item.contribution_id]
        contribution_rupiah, fine_rupiah = (0, item.amount_rupiah) if fine else (item.amount_rupiah, 0)
        wallet[item.payment_id] = replace(
            payment,
            contribution_left_rupiah=payment.contribution_left_rupiah - contribution_rupiah,
            fine_left_rupiah=payment.fine_left_rupiah - fine_rupiah,
        )
        parts = {part.payment_id: part for part in account.given}
        part = parts.get(item.payment_id, Given(item.payment_id, payment.paid_on, 0, 0))
        parts[item.payment_id] = replace(
            part,
            contribution_rupiah=part.contribution_rupiah + contribution_rupiah,
            fine_rupiah=part.fine_rupiah + fine_rupiah,
        )
        accounts[item.contribution_id] = replace(account, given=tuple(parts.values()))


def _adds_up(account: Account) -> bool:
    contribution_fits = 0 <= account.outstanding_rupiah <= account.due_rupiah
    return contribution_fits and 0 <= account.fine_outstanding_rupiah <= account.fine_due_rupiah


def _excess(accounts: Iterable[Account], *, fine: bool) -> list[Allocation]:
    """What was paid beyond what is due now, to be taken back from the newest payments.

    A corrected report makes a contribution less; a payment that turns out to be earlier than was known, a fine.
    """
    undone: list[Allocation] = []
    for account in accounts:
        owed_rupiah = _owed(account, fine=fine)
        if owed_rupiah < 0:
            newest = sorted(account.given, key=lambda part: (part.paid_on, part.payment_id), reverse=True)
            parts = [
                Allocation(p.payment_id, account.contribution_id, p.fine_rupiah if fine else p.contribution_rupiah)
                for p in newest
            ]
            undone += take_back(parts, -owed_rupiah)
    return undone


def _shared(payments: Iterable[Payment], accounts: Iterable[Account], *, fine: bool) -> list[Allocation]:
    money = [Money(p.payment_id, p.employer_id, p.month, p.paid_on, _left(p, fine=fine)) for p in payments]
    debts = [Debt(a.contribution_id, a.employer_id, a.month, _owed(a, fine=fine)) for a in accounts]
    return allocate(money, debts)


def _left(payment: Payment, *, fine: bool) -> int:
    return payment.fine_left_rupiah if fine else payment.contribution_left_rupiah


def _owed(account: Account, *, fine: bool) -> int:
    return account.fine_outstanding_rupiah if fine else account.outstanding_rupiah


def _counted(account: Account, as_of: date | None) -> Account:
    """The account with its fine counted until the last day that is known to matter."""
    days = [part.paid_on for part in account.given if part.contribution_rupiah]
    days += [account.fine_as_of] if account.fine_as_of else []
    days += [as_of] if as_of and account.outstanding_rupiah > 0 else []
    if not days:
        return account
    until = max(days)
    paid = [PaidPart(part.paid_on, part.contribution_rupiah) for part in account.given]
    late = lateness(account.due_on, account.due_rupiah, paid, account.fine_rate, until)
    return replace(account, fine_due_rupiah=late.fine_rupiah, months_late=late.months_late, fine_as_of=until)


def _closed(account: Account, before: Account) -> Account:
    """The account with the day on which it was settled, or none."""
    if account.outstanding_rupiah or account.fine_outstanding_rupiah:
        return replace(account, settled_on=None)
    unchanged = before.settled_on is not None and before.given == account.given
    return replace(account, settled_on=before.settled_on if unchanged else account.last_paid_on)


def _movements(before: Account, after: Account) -> Iterable[Movement]:
    old: Mapping[UUID, Given] = {part.payment_id: part for part in before.given}
    for part in sorted(after.given, key=lambda item: (item.paid_on, item.payment_id)):
        earlier = old.get(part.payment_id)
        contribution_rupiah = part.contribution_rupiah - (earlier.contribution_rupiah if earlier else 0)
        fine_rupiah = part.fine_rupiah - (earlier.fine_rupiah if earlier else 0)
        if contribution_rupiah or fine_rupiah:
            yield Movement(part.payment_id, after.contribution_id, contribution_rupiah, fine_rupiah)
