"""The cover ledger: whatever the order and however often events come, the end is the same."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from shared.contracts.base import Event
from shared.contracts.events.contribution_credited import ContributionCredited
from shared.contracts.events.contribution_due import ContributionDue
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.contribution_unfunded import ContributionUnfunded
from shared.contracts.events.subsidy_ended import SubsidyEnded
from shared.contracts.events.worker_employed import WorkerEmployed
from shared.ids import EmployerId, WorkerId
from shared.money import Rupiah
from shared.periods import Month
from tests.enrolment.kit import (
    GROUP,
    accepted_row,
    answer_lines,
    enrol,
    granted,
    list_members,
    put_answer,
    register,
    rejected_row,
    rows,
)
from tests.service_world import Record, ServiceWorld

World = ServiceWorld[Any]
NOV = Month(2026, 11)
IS_LONG = os.environ.get("PAYUNG_FAULTS") == "long"
SNAPSHOTS = {
    "worker": "SELECT row_number, status, decision, enrolment_number, cover_from FROM worker ORDER BY 1",
    "grant": """SELECT w.row_number, g.granted_version, g.ended_version, g.ended_last_month, g.first_month
        FROM subsidy_grant g JOIN worker w USING (worker_id) ORDER BY 1""",
    "member": """SELECT w.row_number, m.state, m.list_number, m.refusal_reason
        FROM group_member m JOIN worker w USING (worker_id) ORDER BY 1""",
    "line": """SELECT w.row_number, c.month, c.due_version, c.due_rupiah, c.due_on, c.paid_rupiah, c.payments,
        c.is_settled, c.credited_rupiah FROM cover_line c JOIN worker w USING (worker_id) ORDER BY 1, 2""",
    "unfunded": """SELECT w.row_number, u.month, u.version, u.reason
        FROM cover_unfunded u JOIN worker w USING (worker_id) ORDER BY 1, 2""",
    "employment": "SELECT w.row_number, e.employed_until, e.version FROM employment e JOIN worker w USING (worker_id)",
    "case": """SELECT r.kind, w.row_number FROM review_case r LEFT JOIN worker w USING (worker_id) ORDER BY 1, 2""",
}


def contribution(worker: UUID, month: Month = NOV) -> UUID:
    return UUID(int=worker.int ^ (month.year * 12 + month.month))


def due(worker: UUID, rupiah: int = 16_800, *, version: int = 1, month: Month = NOV, **values: Any) -> ContributionDue:
    changes = {
        "contribution_id": contribution(worker, month),
        "subject_id": worker,
        "month": month,
        "aggregate_version": version,
        "amounts_rupiah": {"JKK": Rupiah(10_000), "JKM": Rupiah(rupiah - 10_000)},
        "amount_rupiah": Rupiah(rupiah),
        "group_id": GROUP,
    }
    return ContributionDue.example().model_copy(update={**changes, **values})


def paid(worker: UUID, rupiah: int = 16_800, *, left: int = 0, month: Month = NOV, **values: Any) -> ContributionPaid:
    changes = {
        "contribution_id": contribution(worker, month),
        "subject_id": worker,
        "month": month,
        "amounts_rupiah": {"JKK": Rupiah(rupiah)},
        "amount_rupiah": Rupiah(rupiah),
        "outstanding_rupiah": Rupiah(left),
    }
    return ContributionPaid.example().model_copy(update={**changes, **values})


def unfunded(worker: UUID, *, version: int = 1, reason: str = "budget-exhausted", month: Month = NOV) -> Event:
    changes = {"worker_id": WorkerId(worker), "month": month, "aggregate_version": version, "reason": reason}
    return ContributionUnfunded.example().model_copy(update=changes)


def ended(worker: UUID, *, version: int = 2) -> SubsidyEnded:
    changes = {
        "worker_id": WorkerId(worker),
        "grant_id": granted(worker).grant_id,
        "last_month": Month(2026, 12),
        "aggregate_version": version,
    }
    return SubsidyEnded.example().model_copy(update=changes)


def history(workers: Sequence[UUID]) -> list[Event]:
    one, two, three, four = workers
    credit = ContributionCredited.example().model_copy(
        update={"subject_id": one, "contribution_id": contribution(one), "month": NOV}
    )
    employed = WorkerEmployed.example().model_copy(
        update={"worker_id": WorkerId(two), "aggregate_version": 1, "employed_until": None}
    )
    return [
        due(one, 16_000, version=1),
        due(one, 16_800, version=2),
        paid(one, 6_800, left=10_000),
        paid(one, 10_000, left=0, payment_id=UUID(int=77)),
        credit,
        unfunded(two, version=1),
        unfunded(two, version=2, reason="no-grant"),
        due(two, version=3),
        employed,
        employed.model_copy(update={"aggregate_version": 2, "employed_until": Month(2026, 12)}),
        unfunded(three, version=1),
        ended(three, version=2),
        ended(one, version=3),
        due(four, payer_kind="employer", subject_id=EmployerId(four)),
        paid(four, payer_kind="employer", subject_id=EmployerId(four)),
    ]


async def play(world: World, folder: Path, workers: Sequence[UUID], dice: random.Random | None) -> None:
    """All events and the answers; with ``dice`` in any order, repeated, and with the answers anywhere between."""
    events: list[Record | str] = [world.record(event) for event in history(workers)]
    one, two, three, _ = workers
    answers = {
        "_1": answer_lines([accepted_row(one, 1), rejected_row(two)]),
        "_2": answer_lines([rejected_row(two), accepted_row(three, 3)]),
        "_3": answer_lines([accepted_row(two, 2)]),
    }
    steps: list[Record | str] = [*events, *answers]
    if dice is not None:
        steps += dice.sample(steps, 9)
        dice.shuffle(steps)
    for step in steps:
        if isinstance(step, str):
            put_answer(folder, answers[step], suffix=step)
            await world.run_job("import-answers")
            await world.run_job("import-answers")
        else:
            await world.feed(step)


async def snapshot(world: World) -> dict[str, list[tuple[Any, ...]]]:
    return {name: [tuple(row.values()) for row in await world.rows(query)] for name, query in SNAPSHOTS.items()}


async def test_any_order_and_any_repetition_end_alike(world: World, exchange_folder: Path, tmp_path: Path) -> None:
    """Each round has people of its own, so that they share one database. PAYUNG_FAULTS=long: more rounds."""
    ends = []
    for round_number in range(8 if IS_LONG else 3):
        dice = random.Random(round_number) if round_number else None
        workers = await register(world, rows(4, round_number * 4))
        await world.feed(*(granted(worker) for worker in workers))
        await list_members(world)
        number = await world.value("SELECT max(list_number) FROM group_list")
        assert number == 1
        await play(world, exchange_folder, workers, dice)
        ends.append(await snapshot(world))
        if round_number == 0:
            broken = await world.verify(tmp_path / "facts")
            assert not any(broken.values()), broken
        for table in ("worker", "person", "decision", "worker_history", "enrolment", "subsidy_grant", "group_member"):
            await world.break_by_hand(f"DELETE FROM {table}")
        for table in ("member_group", "group_list", "cover_line", "cover_unfunded", "employment", "review_case"):
            await world.break_by_hand(f"DELETE FROM {table}")
        await world.break_by_hand("DELETE FROM exchange_file")
    plain = ends[0]
    assert [row[1] for row in plain["worker"]] == ["enrolled", "enrolled", "enrolled", "verified"]
    for number, end in enumerate(ends):
        assert end == plain, f"round {number}"


async def test_what_the_ledger_tells_others(world: World, exchange_folder: Path, tmp_path: Path) -> None:
    workers = await register(world, rows(3))
    await enrol(world, exchange_folder, workers)
    one, two, three = workers
    first = world.record(paid(one))
    await world.feed(due(one), first, first, due(two), unfunded(three), unfunded(two))
    outcome = await world.feed(first)
    assert (outcome.applied, outcome.repeats) == (0, 1)
    folder = tmp_path / "facts"
    broken = await world.verify(folder)
    assert not any(broken.values()), broken
    ids = {worker: str(contribution(worker)) for worker in workers}
    assert await world.facts("contribution.due", "copy", folder) == {
        ids[one]: f"{one}|2026-11|16800",
        ids[two]: f"{two}|2026-11|16800",
    }
    assert await world.facts("contribution.paid", "copy", folder) == {ids[one]: f"{one}|2026-11|16800"}
    assert await world.facts("contribution.unfunded", "copy", folder) == {f"{three}|2026-11": "budget-exhausted"}
    assert await world.facts("notice.covered", "source", folder) == {f"{worker}|2026-11": "" for worker in workers}
    grants = {str(granted(worker).grant_id): f"{worker}|{GROUP}|2026-10|2026-12" for worker in workers}
    assert await world.facts("subsidy.granted", "copy", folder) == grants
    assert set((await world.facts("worker.decision", "source", folder)).values()) == {"verified"}
