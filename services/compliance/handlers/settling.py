"""Settles the accounts of employers and says what came of it: parts paid, months settled, delays.

Every occasion (payments, an assessment, the daily ageing) goes through `settle_accounts`, under the lock of the
employers concerned.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.compliance.rules.book import Account, Movement, Settlement, settle
from services.compliance.rules.lateness import ageing_class
from services.compliance.rules.matching import attribute
from services.compliance.store import ageing, money
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.employer_late import EmployerLate
from shared.contracts.events.employer_settled import EmployerSettled
from shared.ids import EmployerId
from shared.messaging.outbox import UnitOfWork
from shared.money import Rupiah
from shared.periods import Month


@dataclass(frozen=True, slots=True)
class Settled:
    """How many contributions were settled and how many delays announced now."""

    settled: int
    announced: int


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the events of one settling are made from."""

    before: Mapping[UUID, Account]
    result: Settlement
    facts: Mapping[UUID, Any]
    confirmed: Mapping[UUID, date]
    versions: dict[UUID, int]

    def next_version(self, contribution_id: UUID) -> int:
        self.versions[contribution_id] += 1
        return self.versions[contribution_id]


async def settle_accounts(
    uow: UnitOfWork,
    employer_ids: Sequence[UUID],
    *,
    revised: Mapping[UUID, int] | None = None,
    as_of: date | None = None,
) -> Settled:
    """Match money and debts of employers that are locked, count fines, emit what has happened.

    ``revised``: new amounts due by contribution. ``as_of``: age what is unpaid until that day.
    A delay is announced once per begun month, whatever has shown it.
    """
    accounts, payments = await money.load_accounts(uow, employer_ids, revised or {})
    before = {account.contribution_id: account for account in accounts}
    result = settle(accounts, payments, as_of)
    late = _late(result.accounts.values())
    announced = await ageing.add_notices(uow, late, uow.moment)
    closed = [key for key, account in result.accounts.items() if account.settled_on and not before[key].settled_on]
    concerned = {*announced, *closed, *(movement.contribution_id for movement in result.movements)}
    scene = _Scene(
        before,
        result,
        await money.account_facts(uow, sorted(concerned)),
        await money.confirmation_days(uow, sorted({movement.payment_id for movement in result.movements})),
        {key: account.version for key, account in before.items()},
    )
    uow.emit_all(_paid(move, paid, scene) for move, paid in _with_running(result.movements, result.accounts))
    uow.emit_all(_settled(result.accounts[key], scene) for key in closed)
    uow.emit_all(_late_event(notice, scene) for notice in late if notice.contribution_id in announced)
    await _write(uow, scene, set(revised or {}))
    return Settled(len(closed), len(announced))


async def _write(uow: UnitOfWork, scene: _Scene, revised: set[UUID]) -> None:
    result = scene.result
    changed = [
        account
        for key, account in result.accounts.items()
        if account != scene.before[key] or scene.versions[key] != account.version or key in revised
    ]
    touched = sorted({movement.payment_id for movement in result.movements})
    movements = [(uow.ids.next(), movement) for movement in result.movements]
    await money.set_payments(uow, [result.payments[key] for key in touched])
    await money.add_allocations(uow, movements, uow.moment)
    await money.set_accounts(uow, changed, scene.versions)


def _with_running(movements: Sequence[Movement], accounts: Mapping[UUID, Account]) -> Iterator[tuple[Movement, int]]:
    """The movements that pay something, each with what is paid of the contribution after it.

    What was taken back comes before what is given.
    """
    given: dict[UUID, int] = {}
    for movement in movements:
        key = movement.contribution_id
        given[key] = given.get(key, 0) + max(movement.contribution_rupiah, 0)
    running = {key: accounts[key].paid_rupiah - amount for key, amount in given.items()}
    assert min(running.values(), default=0) >= 0, "no less than nothing was paid before"  # noqa: S101 - money
    for movement in movements:
        if movement.contribution_rupiah > 0 or movement.fine_rupiah > 0:
            running[movement.contribution_id] += max(movement.contribution_rupiah, 0)
            yield movement, running[movement.contribution_id]
    assert all(accounts[key].paid_rupiah == amount for key, amount in running.items())  # noqa: S101 - all is told


def _paid(movement: Movement, paid_after_rupiah: int, scene: _Scene) -> ContributionPaid:
    account = scene.result.accounts[movement.contribution_id]
    facts = scene.facts[movement.contribution_id]
    amount_rupiah, fine_rupiah = max(movement.contribution_rupiah, 0), max(movement.fine_rupiah, 0)
    payment = scene.result.payments[movement.payment_id]
    parts = json.loads(facts["parts"])
    assert sum(parts.values()) == account.due_rupiah, "the programmes make up what is due"  # noqa: S101 - money
    assert 0 <= paid_after_rupiah <= account.due_rupiah, "no more is paid than is due"  # noqa: S101 - money
    return ContributionPaid(
        aggregate_version=scene.next_version(movement.contribution_id),
        contribution_id=movement.contribution_id,
        payer_kind="employer",
        subject_id=account.employer_id,
        region_code=facts["region_code"],
        occupation_code=None,
        month=Month.parse(account.month),
        payment_id=movement.payment_id,
        amounts_rupiah=attribute(parts, paid_after_rupiah - amount_rupiah, paid_after_rupiah),
        amount_rupiah=Rupiah(amount_rupiah),
        fine_rupiah=Rupiah(fine_rupiah),
        outstanding_rupiah=Rupiah(account.due_rupiah - paid_after_rupiah),
        paid_on=payment.paid_on,
        confirmed_on=max(scene.confirmed[movement.payment_id], payment.paid_on),
        worker_count=facts["worker_count"],
    )


def _settled(account: Account, scene: _Scene) -> EmployerSettled:
    assert account.outstanding_rupiah == 0, "only what is paid in full is settled"  # noqa: S101 - invariant of money
    assert account.fine_outstanding_rupiah == 0, "its fine included"  # noqa: S101 - invariant of money
    settled_on = account.settled_on or account.due_on
    return EmployerSettled(
        aggregate_version=scene.next_version(account.contribution_id),
        employer_id=EmployerId(account.employer_id),
        region_code=scene.facts[account.contribution_id]["region_code"],
        contribution_id=account.contribution_id,
        month=Month.parse(account.month),
        settled_on=settled_on,
        paid_rupiah=Rupiah(account.paid_rupiah),
        fine_paid_rupiah=Rupiah(account.fine_paid_rupiah),
        in_time=settled_on <= account.due_on,
    )


def _late(accounts: Iterable[Account]) -> list[ageing.Notice]:
    """The delays that stand on the day that fines were counted until."""
    return [
        ageing.Notice(
            account.contribution_id,
            account.months_late,
            account.fine_as_of or account.due_on,
            account.outstanding_rupiah,
            account.fine_due_rupiah,
            ageing_class(account.months_late),
        )
        for account in accounts
        if account.outstanding_rupiah > 0 and account.months_late > 0
    ]


def _late_event(notice: ageing.Notice, scene: _Scene) -> EmployerLate:
    account = scene.result.accounts[notice.contribution_id]
    assert notice.outstanding_rupiah == account.outstanding_rupiah > 0  # noqa: S101 - invariant of money
    assert notice.as_of > account.due_on, "late is after the due date"  # noqa: S101 - invariant
    return EmployerLate(
        aggregate_version=scene.next_version(notice.contribution_id),
        employer_id=EmployerId(account.employer_id),
        region_code=scene.facts[notice.contribution_id]["region_code"],
        contribution_id=notice.contribution_id,
        month=Month.parse(account.month),
        due_on=account.due_on,
        as_of=notice.as_of,
        months_late=notice.months_late,
        outstanding_rupiah=Rupiah(notice.outstanding_rupiah),
        fine_rupiah=Rupiah(notice.fine_rupiah),
        ageing_class=notice.ageing_class,
    )
