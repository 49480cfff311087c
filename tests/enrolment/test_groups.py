"""Lists to BPJS and its answers: in parts, twice, late, contradicting, about strangers, or never."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from shared.access.roles import Role
from shared.contracts.events.subsidy_ended import SubsidyEnded
from shared.contracts.events.worker_enrolled import WorkerEnrolled
from shared.exchange import read_records
from shared.periods import Month
from tests.enrolment.kit import (
    GROUP,
    accepted_row,
    answer_lines,
    changed,
    enrol,
    fresh_id,
    granted,
    list_members,
    put_answer,
    register,
    rejected_row,
    rows,
)
from tests.service_world import ServiceWorld, person

World = ServiceWorld[Any]
COLUMNS = (
    "worker_ref",
    "nik",
    "name",
    "birth_date",
    "sex",
    "regency_code",
    "occupation_code",
    "programmes",
    "income_band",
    "first_month",
)


async def import_answers(world: World) -> None:
    await world.run_job("import-answers")
    await world.run_job("import-answers")


async def states(world: World) -> dict[UUID, tuple[str, str]]:
    found = await world.rows(
        "SELECT m.worker_id, m.state, w.status FROM group_member m JOIN worker w USING (worker_id)"
    )
    return {row["worker_id"]: (row["state"], row["status"]) for row in found}


async def cases(world: World) -> list[str]:
    return [row["kind"] for row in await world.rows("SELECT kind FROM review_case ORDER BY kind")]


async def test_a_list_holds_the_group_and_is_the_same_however_often_it_is_written(
    world: World, exchange_folder: Path
) -> None:
    lines = [*rows(3), changed(rows(1, 3)[0], kode_pekerjaan="P19"), changed(rows(1, 4)[0], desil="9")]
    workers = await register(world, lines)
    await world.feed(*(granted(worker) for worker in workers))
    assert await cases(world) == ["granted-not-verified"]
    await world.run_job("cut-group-lists")
    assert not (exchange_folder / "out").exists(), "a list is written from what is committed"
    await world.run_job("write-group-lists")
    path = exchange_folder / "out" / f"group-list_{GROUP}_1.csv"
    first = path.read_bytes()
    listed, _ = read_records(first, COLUMNS)
    assert [row["worker_ref"] for row in listed] == sorted(str(worker) for worker in workers[:4])
    by_ref = {row["worker_ref"]: row for row in listed}
    one = by_ref[str(workers[0])]
    assert (one["nik"], one["name"], one["sex"]) == (lines[0].nik, lines[0].cells[0], "L")
    assert (one["programmes"], one["income_band"], one["first_month"]) == ("JKK+JKM", "1", "2026-11")
    assert by_ref[str(workers[3])]["occupation_code"] == "P23"
    # The process died after the file and before the commit.
    await world.break_by_hand("UPDATE group_list SET state = 'cut', written_at = NULL")
    path.unlink()
    await world.run_job("write-group-lists")
    assert path.read_bytes() == first
    await list_members(world)
    assert len(list((exchange_folder / "out").iterdir())) == 1, "nobody waits, so there is no further list"


async def test_whose_grant_ended_before_the_list_waits_for_nothing_until_another_grant(
    world: World, tmp_path: Path
) -> None:
    workers = await register(world, rows(2))
    ended = SubsidyEnded.example().model_copy(
        update={"worker_id": workers[0], "grant_id": granted(workers[0]).grant_id, "last_month": None}
    )
    await world.feed(ended, *(granted(worker) for worker in workers))
    await list_members(world)
    assert await states(world) == {workers[0]: ("withdrawn", "verified"), workers[1]: ("listed", "verified")}
    async with world.api() as client:
        summary = (await client.get("/v1/summary", headers=person("auditor", Role.AUDITOR))).json()
    assert summary["in_group_waiting"] == 1
    await world.feed(granted(workers[0]))  # told again: it is over all the same
    await list_members(world)
    assert (await states(world))[workers[0]][0] == "withdrawn"
    broken = await world.verify(tmp_path / "facts")
    assert not any(broken.values()), broken
    await world.feed(granted(workers[0], grant_id=fresh_id()))
    await list_members(world)
    assert (await states(world))[workers[0]][0] == "listed"
    world.clock.set(world.clock.now().replace(year=2027))
    (third,) = await register(world, rows(1, 9))
    await world.feed(granted(third))  # its months are over
    await list_members(world)
    assert (await states(world))[third][0] == "withdrawn"


async def test_answers_in_parts_twice_and_never(world: World, exchange_folder: Path, tmp_path: Path) -> None:
    workers = await register(world, rows(4))
    await world.feed(*(granted(worker) for worker in workers))
    await list_members(world)
    first = answer_lines([accepted_row(workers[0], 11), rejected_row(workers[1])])
    name = put_answer(exchange_folder, first)
    await world.run_job("import-answers")
    assert (exchange_folder / "in" / name).exists(), "a file is moved only after its effect is committed"
    await world.run_job("import-answers")
    assert not (exchange_folder / "in" / name).exists()
    assert await states(world) == {
        workers[0]: ("accepted", "enrolled"),
        workers[1]: ("refused", "verified"),
        workers[2]: ("listed", "verified"),
        workers[3]: ("listed", "verified"),
    }
    put_answer(exchange_folder, first)  # the very same file again
    put_answer(exchange_folder, answer_lines([accepted_row(workers[0], 11), accepted_row(workers[2])]), suffix="_2")
    put_answer(exchange_folder, answer_lines([accepted_row(workers[1], day="2026-11-09")]), suffix="_3")  # corrected
    await import_answers(world)
    found = await states(world)
    assert [found[worker][1] for worker in workers] == ["enrolled", "enrolled", "enrolled", "verified"]
    enrolled = await world.emitted(WorkerEnrolled)
    assert sorted(event.worker_id for event in enrolled) == sorted(workers[:3])
    assert {event.enrolment_number for event in enrolled} == {1}
    assert {event.aggregate_version for event in enrolled} == {4}
    assert await cases(world) == []
    assert len(list((exchange_folder / "done").iterdir())) == 4
    broken = await world.verify(tmp_path / "facts")
    assert not any(broken.values()), broken


async def test_answers_that_contradict_or_name_strangers_become_cases(world: World, exchange_folder: Path) -> None:
    workers = await register(world, rows(2))
    await enrol(world, exchange_folder, workers[:1])
    strange = [
        accepted_row(workers[0], 99_999),
        rejected_row(workers[0]),
        accepted_row(workers[1]),
        accepted_row(fresh_id()),
    ]
    put_answer(exchange_folder, answer_lines(strange), suffix="_2")
    await import_answers(world)
    assert await cases(world) == [
        "another-kpj",
        "answer-for-unlisted",
        "answer-for-unlisted",
        "refused-after-acceptance",
    ]
    assert await states(world) == {workers[0]: ("accepted", "enrolled")}
    assert len(await world.emitted(WorkerEnrolled)) == 1


async def test_files_that_are_refused_lie_in_sight(world: World, exchange_folder: Path) -> None:
    workers = await register(world, rows(1))
    await world.feed(granted(workers[0]))
    await list_members(world)
    good = answer_lines([accepted_row(workers[0])])
    put_answer(exchange_folder, good[: len(good) // 2])  # cut off
    put_answer(exchange_folder, good, number=7)  # no such list
    put_answer(exchange_folder, good, group_id=fresh_id())
    put_answer(exchange_folder, answer_lines([(workers[0], "perhaps", "", "", "")]), suffix="_2")
    (exchange_folder / "in" / "surat.csv").write_bytes(b"nama\nSiti\n")
    (exchange_folder / "in" / "group-list_half.csv.tmp").write_bytes(b"half")
    await import_answers(world)
    assert len(list((exchange_folder / "refused").iterdir())) == 5
    assert [path.name for path in (exchange_folder / "in").iterdir()] == ["group-list_half.csv.tmp"]
    reasons = await world.rows("SELECT reason FROM exchange_file ORDER BY reason")
    expected = ["form-broken", "list-unknown", "list-unknown", "name-unknown", "row-malformed"]
    assert [row["reason"] for row in reasons] == expected
    assert set(await cases(world)) == {"file-refused"}
    put_answer(exchange_folder, good)  # the name of the file that was cut off
    await import_answers(world)
    assert await states(world) == {workers[0]: ("listed", "verified")}
    put_answer(exchange_folder, good, suffix="_3")
    await import_answers(world)
    assert await states(world) == {workers[0]: ("accepted", "enrolled")}


async def test_another_decree_does_not_enrol_twice_and_a_return_does(world: World, exchange_folder: Path) -> None:
    (worker,) = await register(world, rows(1))
    await enrol(world, exchange_folder, [worker])
    second, third = fresh_id(), fresh_id()
    for group_id, number in ((second, 1), (third, 2)):
        if number == 2:
            await world.run_job("lapse-clock", "2027-02-01")
            assert (await states(world))[worker][1] == "lapsed"
        await world.feed(granted(worker, group_id=group_id, grant_id=fresh_id(), last_month=Month(2027, 12)))
        await list_members(world)
        put_answer(exchange_folder, answer_lines([accepted_row(worker)]), group_id=group_id)
        await import_answers(world)
    events = await world.emitted(WorkerEnrolled)
    assert [(event.enrolment_number, event.group_id) for event in events] == [(1, GROUP), (2, third)]
    found = await world.rows("SELECT enrolment_number, ended_on IS NULL AS open FROM enrolment ORDER BY 1")
    assert [(row["enrolment_number"], row["open"]) for row in found] == [(1, False), (2, True)]


async def test_a_return_does_not_reach_back_into_the_cover_that_ended(
    world: World, exchange_folder: Path, tmp_path: Path
) -> None:
    """The second decree's list went out in November too; its answer came when the first cover had lapsed."""
    (worker,) = await register(world, rows(1))
    await enrol(world, exchange_folder, [worker])
    second = fresh_id()
    await world.feed(granted(worker, group_id=second, grant_id=fresh_id()))
    await list_members(world)
    world.clock.set(world.clock.now().replace(year=2027, month=2))
    for day in ("2026-11-17", "2026-12-16", "2027-02-01"):
        await world.run_job("lapse-clock", day)
    put_answer(exchange_folder, answer_lines([accepted_row(worker, day="2027-02-09")]), group_id=second)
    await import_answers(world)
    enrolled = await world.emitted(WorkerEnrolled)
    assert [event.cover_from for event in enrolled] == [Month(2026, 11), Month(2027, 2)]
    broken = await world.verify(tmp_path / "facts")
    assert not any(broken.values()), broken
    assert len(await world.facts("notice.covered", "source", tmp_path / "facts")) == 2


async def test_another_number_from_another_group_is_a_case(world: World, exchange_folder: Path) -> None:
    (worker,) = await register(world, rows(1))
    await enrol(world, exchange_folder, [worker])
    second = fresh_id()
    await world.feed(granted(worker, group_id=second, grant_id=fresh_id()))
    await list_members(world)
    put_answer(exchange_folder, answer_lines([accepted_row(worker, 99_999)]), group_id=second)
    await import_answers(world)
    assert await cases(world) == ["another-kpj"]
    assert len(await world.emitted(WorkerEnrolled)) == 1


async def test_an_acceptance_in_the_future_is_refused(world: World, exchange_folder: Path) -> None:
    """Cover that begins in 2099 would never lapse."""
    (worker,) = await register(world, rows(1))
    await world.feed(granted(worker))
    await list_members(world)
    put_answer(exchange_folder, answer_lines([accepted_row(worker, day="2099-01-01")]))
    await import_answers(world)
    assert await states(world) == {worker: ("listed", "verified")}
    assert await world.value("SELECT reason FROM exchange_file") == "accepted-in-the-future"
    assert await cases(world) == ["file-refused"]


async def test_each_file_that_is_too_large_is_a_case(world: World, exchange_folder: Path, monkeypatch: Any) -> None:
    from services.enrolment.adapters import exchange

    monkeypatch.setattr(exchange, "MAX_FILE_BYTES", 10)
    for number in (1, 2):
        put_answer(exchange_folder, b"x" * 11, number=number)
    await import_answers(world)
    assert await cases(world) == ["file-refused", "file-refused"]
    assert len(list((exchange_folder / "refused").iterdir())) == 2
