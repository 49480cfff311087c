"""The daily lapse clock: whoever's months stay unpaid past their due date is warned, then loses cover.

A run is a function of its day and of the ledger, so a missed day is made up for and a repeated one changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from services.enrolment import store
from services.enrolment.rules.lapse import Standing, due_on, lapsed_on, last_due_months, pay_by, standing
from services.enrolment.rules.membership import move
from services.enrolment.rules.states import MembershipStatus
from services.enrolment.tables import WorkerHistory
from shared.contracts.events.worker_lapsed import WorkerLapsed
from shared.contracts.events.worker_lapsing import WorkerLapsing
from shared.database.records import NamedRow, record
from shared.due_dates import DueDates
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month

_WORKERS_PER_SLICE: Final = 20_000
_CAUSE: Final = "lapse-clock"
_BEFORE_ALL: Final = UUID(int=0)


@dataclass(slots=True)
class _Moves:
    """What changes for a slice of workers."""

    moves: list[WorkerHistory] = field(default_factory=list)
    unmoved: list[tuple[UUID, int, str]] = field(default_factory=list)
    ended: list[tuple[UUID, int, date]] = field(default_factory=list)


class LapseClock:
    """Moves memberships by the months that are paid; the period is the day."""

    def __init__(self, due_dates: DueDates) -> None:
        self._due_dates = due_dates

    async def run(self, uow: UnitOfWork, period_key: str) -> None:
        """Look at every covered worker, slice by slice."""
        day = date.fromisoformat(period_key)
        await store.lapse.hold_payments(uow)
        months = last_due_months(day, self._due_dates)
        due_dates = {month: due_on(month, self._due_dates) for month in months}
        after: UUID = _BEFORE_ALL
        while True:
            last = await store.lapse.find_covered_after(uow, after, _WORKERS_PER_SLICE)
            workers = await store.lapse.lock_standings(uow, after, last, Month.of(day), due_dates)
            standings = [(worker, standing(months, worker["is_open"], day)) for worker in workers]
            await self._apply(uow, standings, day)
            if last is None:
                return
            after = last

    async def _apply(self, uow: UnitOfWork, standings: Sequence[tuple[NamedRow, Standing]], day: date) -> None:
        warned = [(row["worker_id"], now.unpaid[-1]) for row, now in standings if _is_lapsing(now)]
        fresh = await store.lapse.note_notices(uow, warned, day) if warned else set()
        last_paid = await store.lapse.find_last_paid(uow, [row["worker_id"] for row, now in standings if now.unpaid])
        changes = _Moves()
        for row, now in standings:
            self._move(uow, changes, row, now, day, fresh, last_paid.get(row["worker_id"]))
        if changes.moves:
            await store.people.move(uow, changes.moves)
        if changes.unmoved:
            await store.people.set_versions(uow, changes.unmoved)
        if changes.ended:
            await store.people.end_enrolments(uow, changes.ended)

    def _move(
        self,
        uow: UnitOfWork,
        changes: _Moves,
        row: NamedRow,
        now: Standing,
        day: date,
        fresh: set[UUID],
        last_paid: Month | None,
    ) -> None:
        worker_id, before, version = row["worker_id"], MembershipStatus(row["status"]), row["version"] + 1
        is_moved = now.status is not before
        since = lapsed_on(now.unpaid) if now.status is MembershipStatus.LAPSED else day
        if is_moved:
            entry = {"worker_id": worker_id, "version": version, "status": move(before, now.status)}
            changes.moves.append(record(WorkerHistory, {**entry, "since": since, "cause": _CAUSE}))
        if _is_lapsing(now) and worker_id in fresh:
            uow.emit(
                WorkerLapsing(
                    aggregate_version=version,
                    worker_id=worker_id,
                    region_code=row["region_code"],
                    occupation_code=row["occupation_code"],
                    unpaid_months=now.unpaid,
                    last_paid_month=last_paid,
                    pay_by=pay_by(now.unpaid, self._due_dates),
                )
            )
            if not is_moved:
                changes.unmoved.append((worker_id, version, before.value))
        elif now.status is MembershipStatus.LAPSED:
            changes.ended.append((worker_id, row["enrolment_number"], since))
            uow.emit(
                WorkerLapsed(
                    aggregate_version=version,
                    worker_id=worker_id,
                    region_code=row["region_code"],
                    occupation_code=row["occupation_code"],
                    lapsed_on=since,
                    unpaid_months=now.unpaid,
                    last_paid_month=last_paid,
                    enrolment_number=row["enrolment_number"],
                )
            )


def _is_lapsing(now: Standing) -> bool:
    return now.status is MembershipStatus.LAPSING
