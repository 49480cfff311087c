"""Every check finds the row that was broken by hand; a check that finds nothing would prove nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from services.enrolment.checks import VERIFICATION
from shared.access.roles import Role
from tests.enrolment.kit import (
    GROUP,
    accepted_row,
    answer_lines,
    enrol,
    fresh_id,
    granted,
    list_members,
    put_answer,
    read,
    register,
    roster_csv,
    rows,
)
from tests.enrolment.test_cover import due, paid, unfunded
from tests.enrolment.test_registering import add_list
from tests.service_world import ServiceWorld, person

World = ServiceWorld[Any]
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
    ("enrolments", f"UPDATE worker SET cover_from = '2026-01' WHERE worker_id = {_FIRST}"),
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
    ("enrolments", f"UPDATE worker SET status = 'exited', enrolment_number = 2 WHERE worker_id = {_FIRST}"),
    ("check-lists", "DELETE FROM check_token"),
    ("check-lists", "DELETE FROM check_list"),
    ("check-lists", "UPDATE check_list SET added = added + 1"),
    ("notices", "DELETE FROM lapse_notice"),
    ("notices", "UPDATE lapse_notice SET month = '2026-01'"),
]  # fmt: skip


async def test_every_check_bites(world: ServiceWorld[Any], exchange_folder: Path, tmp_path: Path) -> None:
    await add_list(world, "deceased", rows(1, 90)[0].nik)
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


async def test_a_run_of_one_decree_says_nothing_of_the_members_of_another(
    world: World, exchange_folder: Path, tmp_path: Path
) -> None:
    """Two decrees share a worker. The first one's month run has made its lines; the second one's is still to come."""
    both, only_second = await register(world, rows(2))
    await enrol(world, exchange_folder, [both])
    second = fresh_id()
    grants = [granted(worker, group_id=second, grant_id=fresh_id()) for worker in (both, only_second)]
    await world.feed(*grants)
    await list_members(world)
    answers = answer_lines([accepted_row(both), accepted_row(only_second)])
    put_answer(exchange_folder, answers, group_id=second)
    await world.run_job("import-answers")
    world.clock.set(world.clock.now().replace(day=12))
    await world.feed(due(both, group_id=GROUP))
    broken = await world.verify(tmp_path / "facts")
    assert not any(broken.values()), broken


async def test_a_correction_of_an_old_month_is_no_month_run(
    world: World, exchange_folder: Path, tmp_path: Path
) -> None:
    """Whoever came in between has no line for the month, and the correction must not make that a mistake."""
    early, late = await register(world, rows(2))
    await enrol(world, exchange_folder, [early])
    world.clock.set(world.clock.now().replace(day=12))
    await world.feed(due(early))
    world.clock.set(world.clock.now().replace(day=20))
    await enrol(world, exchange_folder, [late])
    world.clock.set(world.clock.now().replace(day=28))
    await world.feed(due(early, 16_900, version=2))
    broken = await world.verify(tmp_path / "facts")
    assert not any(broken.values()), broken


async def test_rosters_that_wait_or_are_refused_raise_no_alarm(world: World, tmp_path: Path, monkeypatch: Any) -> None:
    from services.enrolment.handlers import roster_reading, rosters

    for module in (roster_reading, rosters):
        monkeypatch.setattr(module, "CHUNK_BYTES", 4 * 1024)
    monkeypatch.setattr(roster_reading, "ROWS_PER_RUN", 30)
    waits = await read(world, roster_csv(rows(3)))
    assert waits["state"] == "read"
    assert await world.value("SELECT count(*) FROM roster_chunk") == 0, "the file itself is not kept"
    late = roster_csv(rows(60)) + b'"Siti,' + b"x\n" * 3_000
    refused = await read(world, late)
    assert (refused["state"], refused["reason"]) == ("refused", "quote-open")
    assert (refused["rows"], refused["accepted_rows"]) == (0, 0), "what was read before counts no more"
    assert (await read(world, roster_csv([*rows(2)[:0]]), areas=("6402",)))["state"] == "refused"
    broken = await world.verify(tmp_path / "facts")
    assert not any(broken.values()), broken
    async with world.api() as client:
        counts = (await client.get("/v1/summary", headers=person("auditor", Role.AUDITOR))).json()["rosters"]
    assert (counts["accepted"], counts["waiting"]) == (3, 1)
