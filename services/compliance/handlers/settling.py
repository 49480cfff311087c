"""Settles the accounts of employers and says what came of it: parts paid, months settled, delays.

Every occasion (payments, an assessment, the daily ageing) goes through `settle_accounts`, under the lock of the
employers concerned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.compliance import store
from services.compliance.rules.accounts import Account, Movement, Settlement, settle
from services.compliance.rules.matching import attribute
from services.compliance.rules.rulebook import Rulebook
from services.compliance.store.accounts import AccountDetails
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.employer_late import EmployerLate
from shared.contracts.events.employer_settled import EmployerSettled
from shared.ids import EmployerId
from shared.invariants import require, require_some
from shared.messaging.outbox import UnitOfWork
from shared.money import Rupiah


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
    details: Mapping[UUID, AccountDetails]
    confirmed_on: Mapping[UUID, date]
    versions: dict[UUID, int]

    def next_version(self, contribution_id: UUID) -> int:
        self.versions[contribution_id] += 1
        return self.versions[contribution_id]


async def settle_accounts(
    uow: UnitOfWork,
    rulebook: Rulebook,
    employer_ids: Sequence[UUID],
    *,
    revised: Mapping[UUID, int] | None = None,
    as_of: date | None = None,
) -> Settled:
    """Match money and debts of employers that are locked, count fines, emit what has happened.

    ``revised``: new amounts due by contribution. ``as_of``: age what is unpaid until that day.
    A delay is announced once per begun month, whatever has shown it.
    """
    accounts = await store.accounts.load(uow, employer_ids, revised or {}, rulebook.lateness.fine_rate)
    givers = sorted({part.payment_id for account in accounts for part in account.given})
    result = settle(accounts, await store.payments.usable(uow, employer_ids, givers), as_of)
    before = {account.contribution_id: account for account in accounts}
    late = [account for account in result.accounts.values() if account.is_late]
    announced = await store.late_notices.add(uow, late, rulebook.lateness.ageing_class)
    closed = [key for key, account in result.accounts.items() if account.settled_on and not before[key].settled_on]
    concerned = {*announced, *closed, *(movement.contribution_id for movement in result.movements)}
    touched = sorted({movement.payment_id for movement in result.movements})
    scene = _Scene(
        before,
        result,
        await store.accounts.details(uow, sorted(concerned)),
        await store.payments.confirmation_days(uow, touched),
        {key: account.version for key, account in before.items()},
    )
    uow.emit_all(_paid(move, paid, scene) for move, paid in _with_running(result.movements, result.accounts))
    uow.emit_all(_settled(result.accounts[key], scene) for key in closed)
    uow.emit_all(_late(item, rulebook, scene) for item in late if item.contribution_id in announced)
    await store.payments.set_left(uow, [result.payments[key] for key in touched])
    await store.accounts.allocate(uow, result.movements)
    await store.accounts.set_all(uow, _changed(scene, revised or {}), scene.versions)
    return Settled(len(closed), len(announced))


def _changed(scene: _Scene, revised: Mapping[UUID, int]) -> list[Account]:
    """The accounts to be written: other than before, told of in an event, or with a new amount due."""
    return [
        account
        for key, account in scene.result.accounts.items()
        if account != scene.before[key] or scene.versions[key] != account.version or key in revised
    ]


def _with_running(movements: Sequence[Movement], accounts: Mapping[UUID, Account]) -> Iterator[tuple[Movement, int]]:
    """The movements that pay something, each with what is paid of the contribution after it.

    What was taken back comes before what is given.
    """
    given: dict[UUID, int] = {}
    for movement in movements:
        key = movement.contribution_id
        given[key] = given.get(key, 0) + max(movement.contribution_rupiah, 0)
    running = {key: accounts[key].paid_rupiah - amount for key, amount in given.items()}
    require(min(running.values(), default=0) >= 0, "No less than nothing was paid before.")
    for movement in movements:
        if movement.contribution_rupiah > 0 or movement.fine_rupiah > 0:
            running[movement.contribution_id] += max(movement.contribution_rupiah, 0)
            yield movement, running[movement.contribution_id]
    told = all(accounts[key].paid_rupiah == amount for key, amount in running.items())
    require(told, "The movements of a contribution lead to what is paid of it.")


def _paid(movement: Movement, paid_after_rupiah: int, scene: _Scene) -> ContributionPaid:
    account = scene.result.accounts[movement.contribution_id]
    details = scene.details[movement.contribution_id]
    amount_rupiah, fine_rupiah = max(movement.contribution_rupiah, 0), max(movement.fine_rupiah, 0)
    payment = scene.result.payments[movement.payment_id]
    parts = details.due_by_programme
    require(sum(parts.values()) == account.due_rupiah, "The programmes make up what is due.")
    require(0 <= paid_after_rupiah <= account.due_rupiah, "No more is paid than is due.")
    return ContributionPaid(
        aggregate_version=scene.next_version(movement.contribution_id),
        contribution_id=movement.contribution_id,
        payer_kind="employer",
        subject_id=account.employer_id,
        region_code=details.region_code,
        occupation_code=None,
        month=account.month,
        payment_id=movement.payment_id,
        amounts_rupiah=attribute(parts, paid_after_rupiah - amount_rupiah, paid_after_rupiah),
        amount_rupiah=Rupiah(amount_rupiah),
        fine_rupiah=Rupiah(fine_rupiah),
        outstanding_rupiah=Rupiah(account.due_rupiah - paid_after_rupiah),
        paid_on=payment.paid_on,
        confirmed_on=max(scene.confirmed_on[movement.payment_id], payment.paid_on),
        worker_count=details.worker_count,
    )


def _settled(account: Account, scene: _Scene) -> EmployerSettled:
    require(account.outstanding_rupiah == 0, "Only what is paid in full is settled.")
    require(account.fine_outstanding_rupiah == 0, "Only a month whose fine is paid is settled.")
    settled_on = require_some(account.settled_on, "What is settled has a day on which it was.")
    return EmployerSettled(
        aggregate_version=scene.next_version(account.contribution_id),
        employer_id=EmployerId(account.employer_id),
        region_code=scene.details[account.contribution_id].region_code,
        contribution_id=account.contribution_id,
        month=account.month,
        settled_on=settled_on,
        paid_rupiah=Rupiah(account.paid_rupiah),
        fine_paid_rupiah=Rupiah(account.fine_paid_rupiah),
        in_time=settled_on <= account.due_on,
    )


def _late(account: Account, rulebook: Rulebook, scene: _Scene) -> EmployerLate:
    require(account.counted_until > account.due_on, "What is late was counted until a day after the due date.")
    return EmployerLate(
        aggregate_version=scene.next_version(account.contribution_id),
        employer_id=EmployerId(account.employer_id),
        region_code=scene.details[account.contribution_id].region_code,
        contribution_id=account.contribution_id,
        month=account.month,
        due_on=account.due_on,
        as_of=account.counted_until,
        months_late=account.months_late,
        outstanding_rupiah=Rupiah(account.outstanding_rupiah),
        fine_rupiah=Rupiah(account.fine_due_rupiah),
        ageing_class=rulebook.lateness.ageing_class(account.months_late),
    )
