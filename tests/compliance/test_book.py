"""Settling: no rupiah is made or lost, and whatever happens in whatever order ends in the same state."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance.rules.accounts import Account, Payment, settle
from services.compliance.rules.matching import Allocation, attribute, take_back
from shared.invariants import InvariantError
from shared.periods import Month

EMPLOYER = UUID(int=7)
MONTHS = tuple(Month(2026, number) for number in (7, 8, 9, 10))
DUE_ON = dict(zip(MONTHS, (date(2026, 8, 18), date(2026, 9, 15), date(2026, 10, 15), date(2026, 11, 16)), strict=True))


def account(number: int, due: int, month: Month | None = None) -> Account:
    """An account on which nothing is paid."""
    name = month or MONTHS[number % 4]
    return Account(UUID(int=number + 1), EMPLOYER, name, 1, DUE_ON[name], 2_000, due, 0, 0, None, None, ())


def payment(number: int, month: Month, paid_on: date, amount: int, fine: int = 0) -> Payment:
    """A payment of which all is left."""
    return Payment(UUID(int=1_000 + number), EMPLOYER, month, paid_on, amount, fine)


accounts = st.lists(st.integers(1, 100_000), min_size=4, max_size=4).map(
    lambda dues: [account(number, due) for number, due in enumerate(dues)]
)
payments = st.lists(
    st.tuples(st.sampled_from(MONTHS), st.integers(0, 200), st.integers(0, 150_000), st.integers(0, 4_000)).filter(
        lambda item: item[2] + item[3] > 0
    ),
    max_size=6,
).map(
    lambda items: [
        payment(number, month, date(2026, 8, 1) + timedelta(days=day), amount, fine)
        for number, (month, day, amount, fine) in enumerate(items)
    ]
)


@given(accounts, payments, st.integers(0, 300))
def test_money_is_neither_made_nor_lost_and_nothing_waits_in_vain(
    debts: list[Account], money: list[Payment], days: int
) -> None:
    done = settle(debts, money, date(2026, 8, 1) + timedelta(days=days))
    paid = sum(item.paid_rupiah for item in done.accounts.values())
    left = sum(item.contribution_left_rupiah for item in done.payments.values())
    assert paid + left == sum(item.contribution_left_rupiah for item in money)
    assert left == 0 or all(item.outstanding_rupiah == 0 for item in done.accounts.values())
    fines_left = sum(item.fine_left_rupiah for item in done.payments.values())
    assert fines_left == 0 or all(item.fine_outstanding_rupiah == 0 for item in done.accounts.values())
    for item in done.accounts.values():
        assert (item.settled_on is not None) == (item.outstanding_rupiah == 0 == item.fine_outstanding_rupiah)


@given(accounts, payments, st.integers(0, 300), st.randoms())
def test_settling_again_or_in_another_order_changes_nothing(
    debts: list[Account], money: list[Payment], days: int, chance: object
) -> None:
    as_of = date(2026, 8, 1) + timedelta(days=days)
    done = settle(debts, money, as_of)
    again = settle(done.accounts.values(), done.payments.values(), as_of)
    assert again.movements == []
    assert again.accounts == done.accounts
    shuffled = settle(list(reversed(debts)), sorted(money, key=lambda _: chance.random()), as_of)  # type: ignore[attr-defined]
    assert {key: (one.paid_rupiah, one.fine_due_rupiah) for key, one in shuffled.accounts.items()} == {
        key: (one.paid_rupiah, one.fine_due_rupiah) for key, one in done.accounts.items()
    }


@given(accounts, payments, st.lists(st.integers(1, 100_000), min_size=4, max_size=4))
def test_corrected_amounts_take_back_what_is_too_much(
    debts: list[Account], money: list[Payment], dues: list[int]
) -> None:
    done = settle(debts, money, date(2026, 12, 1))
    corrected = [replace(one, due_rupiah=due) for one, due in zip(done.accounts.values(), dues, strict=True)]
    after = settle(corrected, done.payments.values(), date(2026, 12, 1))
    paid = sum(item.paid_rupiah for item in after.accounts.values())
    left = sum(item.contribution_left_rupiah for item in after.payments.values())
    assert paid + left == sum(item.contribution_left_rupiah for item in money)
    assert all(0 <= item.paid_rupiah <= item.due_rupiah for item in after.accounts.values())
    assert all(
        part.contribution_rupiah >= 0 <= part.fine_rupiah for item in after.accounts.values() for part in item.given
    )


def test_the_own_month_first_then_the_oldest() -> None:
    debts = [account(0, 100), account(1, 100), account(3, 100)]
    done = settle(debts, [payment(1, MONTHS[3], date(2026, 8, 2), 230)])
    assert [item.paid_rupiah for item in done.accounts.values()] == [100, 30, 100]
    done = settle(done.accounts.values(), [*done.payments.values(), payment(2, MONTHS[1], date(2026, 8, 3), 100)])
    assert done.payments[UUID(int=1_002)].contribution_left_rupiah == 30


def test_a_payment_that_turns_out_earlier_takes_the_fine_back() -> None:
    late = settle(
        [account(3, 1_000_000)], [payment(1, MONTHS[3], date(2026, 12, 20), 500_000, 40_000)], date(2026, 12, 20)
    )
    (one,) = late.accounts.values()
    assert (one.months_late, one.fine_due_rupiah, one.fine_paid_rupiah) == (2, 40_000, 40_000)
    earlier = payment(2, MONTHS[3], date(2026, 11, 10), 500_000)
    done = settle(late.accounts.values(), [*late.payments.values(), earlier])
    (one,) = done.accounts.values()
    assert (one.fine_due_rupiah, one.fine_paid_rupiah, one.settled_on) == (20_000, 20_000, date(2026, 12, 20))
    assert done.payments[UUID(int=1_001)].fine_left_rupiah == 20_000


def test_more_than_was_given_cannot_be_taken_back() -> None:
    with pytest.raises(InvariantError, match="allocations"):
        take_back([Allocation(UUID(int=1), UUID(int=2), 5)], 6)


@given(st.lists(st.integers(0, 1_000), min_size=4, max_size=4), st.data())
def test_part_payments_fill_the_programmes_in_order_and_never_beyond(dues: list[int], data: st.DataObject) -> None:
    due = dict(zip(("JKK", "JKM", "JHT", "JP"), dues, strict=True))
    stops = sorted({0, sum(dues), *data.draw(st.lists(st.integers(0, sum(dues)), max_size=4))})
    filled = dict.fromkeys(due, 0)
    for before, after in pairwise(stops):
        for programme, amount in attribute(due, before, after).items():
            assert amount >= 0
            filled[programme] += amount
    assert filled == due
