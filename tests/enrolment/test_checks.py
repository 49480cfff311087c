"""Every check finds the row that was broken by hand; a check that finds nothing would prove nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from services.enrolment.checks import VERIFICATION
from tests.enrolment.kit import enrol, granted, register, rows
from tests.enrolment.test_cover import due, paid, unfunded
from tests.service_world import ServiceWorld

_FIRST = "(SELECT worker_id FROM worker ORDER BY worker_id LIMIT 1)"
# Check, what is done by hand, what brings it back.
BREAKS = [
    ("roster-counts", "UPDATE roster SET accepted_rows = accepted_rows + 1, refused_rows = refused_rows - 1"),
    ("roster-counts", "DELETE FROM roster_row WHERE row_number = 2"),
    ("rows-registered", "DELETE FROM worker WHERE row_number = 2"),
    ("rows-registered", "UPDATE roster_row SET status = 'refused', reason = 'duplicate' WHERE row_number = 2"),
    ("files-forgotten", "INSERT INTO roster_chunk SELECT roster_id, 0, 'x' FROM roster"),
    ("files-forgotten", "UPDATE roster SET wrapped_key = 'x'"),
    ("one-decision", f"DELETE FROM decision WHERE worker_id = {_FIRST}"),
    ("one-decision", f"UPDATE decision SET outcome = 'rejected' WHERE worker_id = {_FIRST}"),
    ("one-decision", f"UPDATE decision SET reasons = '{{deceased}}' WHERE worker_id = {_FIRST}"),
    ("one-decision", "INSERT INTO decision SELECT gen_random_uuid(), worker_id, outcome, reasons, kind, decided_by,"
     " rules_version, inputs, decided_on, decided_at FROM decision LIMIT 1"),
    ("one-person", f"DELETE FROM person WHERE worker_id = {_FIRST}"),
    ("one-person", f"UPDATE person SET worker_id = gen_random_uuid() WHERE worker_id = {_FIRST}"),
    ("history", f"UPDATE worker SET status = 'exited' WHERE worker_id = {_FIRST}"),
    ("history", f"DELETE FROM worker_history WHERE status = 'verified' AND worker_id = {_FIRST}"),
    ("history", f"UPDATE worker_history SET version = 99 WHERE status = 'enrolled' AND worker_id = {_FIRST}"),
    ("enrolments", f"DELETE FROM enrolment WHERE worker_id = {_FIRST}"),
    ("enrolments", f"UPDATE worker SET cover_from = '2026-01-01' WHERE worker_id = {_FIRST}"),
    ("enrolments", f"UPDATE enrolment SET ended_on = '2026-12-01' WHERE worker_id = {_FIRST}"),
    ("enrolments", "INSERT INTO enrolment SELECT worker_id, 2, group_id, cover_from, enrolled_on, recorded_at"
     " FROM enrolment LIMIT 1"),
    ("cover", f"DELETE FROM cover_line WHERE worker_id = {_FIRST}"),
    ("cover", "DELETE FROM cover_unfunded"),
    ("one-line", "INSERT INTO cover_line SELECT worker_id, month, gen_random_uuid(), due_version, due_rupiah, due_on,"
     " due_at, paid_rupiah, payments, is_settled, credited_rupiah FROM cover_line LIMIT 1"),
    ("amounts", f"UPDATE cover_line SET paid_rupiah = paid_rupiah + 1 WHERE worker_id = {_FIRST}"),
    ("amounts", f"UPDATE cover_line SET due_version = NULL, due_rupiah = NULL WHERE worker_id = {_FIRST}"),
    ("amounts", f"UPDATE cover_line SET payments = 0 WHERE worker_id = {_FIRST}"),
    ("amounts", f"UPDATE cover_line SET worker_id = gen_random_uuid() WHERE worker_id = {_FIRST}"),
    ("lists", f"DELETE FROM group_member WHERE worker_id = {_FIRST}"),
    ("lists", "UPDATE group_list SET rows = rows + 1"),
    ("lists", "DELETE FROM group_list"),
    ("lists", f"UPDATE group_member SET list_number = NULL WHERE worker_id = {_FIRST}"),
    ("members", f"UPDATE group_member SET state = 'refused' WHERE worker_id = {_FIRST}"),
    ("members", f"DELETE FROM enrolment WHERE worker_id = {_FIRST}"),
    ("members", f"DELETE FROM group_member WHERE worker_id = {_FIRST}"),
    ("notices", "DELETE FROM lapse_notice"),
    ("notices", "UPDATE lapse_notice SET month = '2026-01-01'"),
]  # fmt: skip


async def test_every_check_bites(world: ServiceWorld[Any], exchange_folder: Path, tmp_path: Path) -> None:
    workers = await register(world, [*rows(3), rows(1)[0]])
    await enrol(world, exchange_folder, workers)
    world.clock.set(world.clock.now().replace(day=12))
    await world.feed(due(workers[0]), paid(workers[0]), due(workers[1]), unfunded(workers[2]))
    await world.run_job("lapse-clock", "2026-11-17")
    whole = await world.verify(tmp_path / "whole")
    assert not any(whole.values()), whole
    assert {name for name, _ in BREAKS} == {check.name for check in VERIFICATION.checks}
    for check in VERIFICATION.checks:
        for name, statement in BREAKS:
            if name != check.name:
                continue
            broken = await _broken(world, check.find, statement)
            assert broken, f"{name} does not see: {statement}"
            assert all(one.row and one.sentence for one in broken)
    after = await world.verify(tmp_path / "after")
    assert not any(after.values()), "each break is undone"


class _UndoError(Exception):
    pass


async def _broken(world: ServiceWorld[Any], find: Any, statement: str) -> list[Any]:
    """What ``find`` says in a transaction in which the rows are broken, which is then undone."""
    found: list[Any] = []
    try:
        async with world.database.transaction() as tx:
            await tx.run(statement)
            found = list(await find(tx))
            raise _UndoError
    except _UndoError:
        return found


async def test_a_grant_for_a_verified_worker_without_a_group_is_found(world: ServiceWorld[Any], tmp_path: Path) -> None:
    (worker,) = await register(world, rows(1))
    await world.feed(granted(worker))
    await world.break_by_hand("DELETE FROM group_member")
    broken = await world.verify(tmp_path / "facts")
    assert [one.row for one in broken["members"]] == [f"subsidy_grant {granted(worker).grant_id}"]
