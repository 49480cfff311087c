"""The view of workers is the same whatever order events come in, and however often."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from shared.contracts.base import Event
from shared.contracts.events.worker_changed import WorkerChanged
from shared.contracts.events.worker_employed import WorkerEmployed
from shared.contracts.events.worker_exited import WorkerExited
from shared.contracts.events.worker_lapsed import WorkerLapsed
from shared.contracts.events.worker_rejected import WorkerRejected
from shared.ids import EmployerId, WorkerId
from shared.periods import Month
from tests.subsidy.play import IDS, Play, enrolled, fresh_workers, verified

WHO: dict[str, Any] = {"region_code": "6471", "occupation_code": "K19"}


def history(worker: WorkerId) -> list[Event]:
    """A life: verified, enrolled, moved, lapsed, enrolled again, employed for a time, rejected, verified, left."""
    return [
        verified(worker, version=2),
        enrolled(worker, version=3, cover_from=Month(2026, 1)),
        WorkerChanged(
            aggregate_version=4,
            worker_id=worker,
            participant_kind="bpu",
            changed_on=date(2026, 2, 1),
            changed=("region",),
            **WHO,
        ),
        WorkerLapsed(
            aggregate_version=5,
            worker_id=worker,
            lapsed_on=date(2026, 5, 1),
            unpaid_months=(Month(2026, 2), Month(2026, 3), Month(2026, 4)),
            last_paid_month=Month(2026, 1),
            enrolment_number=1,
            **WHO,
        ),
        enrolled(worker, version=6, cover_from=Month(2026, 6), region="6471", number=2),
        WorkerRejected(
            aggregate_version=7,
            worker_id=worker,
            rejected_on=date(2026, 7, 1),
            reasons=("employed",),
            decision_id=IDS.next(),
            decision_kind="manual",
            **WHO,
        ),
        verified(worker, version=8, region="6471"),
        WorkerEmployed(
            aggregate_version=1,
            worker_id=worker,
            employer_id=EmployerId(IDS.next()),
            employed_from=Month(2026, 7),
            employed_until=None,
            source="wage-report",
        ),
        WorkerEmployed(
            aggregate_version=2,
            worker_id=worker,
            employer_id=EmployerId(IDS.next()),
            employed_from=Month(2026, 7),
            employed_until=Month(2026, 8),
            source="wage-report",
        ),
        WorkerExited(
            aggregate_version=9,
            worker_id=worker,
            exited_on=date(2026, 12, 1),
            last_covered_month=Month(2026, 11),
            reason="own-wish",
            **WHO,
        ),
    ]


@pytest.mark.parametrize("seed", range(8))
async def test_any_order_and_any_repetition_ends_in_the_same_view(play: Play, seed: int) -> None:
    shuffled = random.Random(seed)
    straight, mixed = fresh_workers(2)
    await play.world.feed(*history(straight))
    events = history(mixed) * 2
    shuffled.shuffle(events)
    while events:
        size = shuffled.randint(1, 5)
        await play.world.feed(*events[:size])
        del events[:size]
    rows = await play.world.rows("SELECT * FROM worker_view ORDER BY worker_id")
    one, other = ({key: value for key, value in row.items() if key != "worker_id"} for row in rows)
    assert one == other
    assert (one["decision"], one["enrolment_number"], one["cover_from"]) == ("verified", 2, "2026-06")
    assert (one["region_code"], one["last_covered_month"], one["employed_until"]) == ("6471", "2026-11", "2026-08")


async def test_a_record_that_comes_twice_is_applied_once(play: Play) -> None:
    (worker,) = fresh_workers(1)
    record = play.world.record(verified(worker))
    assert (await play.world.feed(record)).applied == 1
    outcome = await play.world.feed(record)
    assert (outcome.applied, outcome.repeats, outcome.parked) == (0, 1, 0)


async def test_what_was_heard_is_told_as_facts(play: Play) -> None:
    heard, left = fresh_workers(2)
    await play.world.feed(verified(heard), enrolled(heard), *history(left))
    assert await play.broken() == {}
    decisions = await play.world.facts("worker.decision", "copy", play.reports)
    assert decisions == {str(heard): "verified", str(left): "verified"}
    assert await play.world.facts("worker.enrolled", "copy", play.reports) == {str(heard): "1|2026-11"}
