"""What a well-behaved branch answers, and what it does not take."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.sandbox.bpjs.world import BILL, DISBURSEMENT, GROUP, MONTH, World, listed, worker


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_list_is_answered_with_an_eleven_digit_kpj_for_each(world: World) -> None:
    name = world.send_list(range(1, 4))
    world.look()
    rows = world.answers("enrolment")[f"group-answer_{GROUP}_1.csv"]
    assert [row["worker_ref"] for row in rows] == [worker(number) for number in range(1, 4)]
    assert {row["status"] for row in rows} == {"accepted"}
    assert {row["accepted_on"] for row in rows} == {"2026-11-03"}
    kpj = [row["kpj"] for row in rows]
    assert len(set(kpj)) == 3
    assert all(len(number) == 11 and number.isdigit() for number in kpj)
    assert (world.root / "enrolment" / "sent" / name).exists()
    assert not world.waiting()


def test_who_cannot_be_a_member_is_rejected_with_a_reason(world: World) -> None:
    rows = [
        listed(1),
        listed(2, nik="64720"),
        listed(3, birth_date="1950-05-05"),
        listed(4, programmes="JP"),
        listed(5, birth_date="1990-02-30"),
        listed(6, nik=listed(1)[1]),
        listed(1),
    ]
    world.send_list([], rows=rows)
    world.look()
    answer = world.answers("enrolment")[f"group-answer_{GROUP}_1.csv"]
    assert [row["reason"] for row in answer] == [
        "",
        "nik-invalid",
        "age-outside-limits",
        "programmes-unknown",
        "date-invalid",
        "already-member",
        "duplicate-in-list",
    ]
    assert all((row["status"] == "accepted") is (row["reason"] == "") for row in answer)
    assert all((row["kpj"] == "") is (row["reason"] != "") for row in answer)


def test_a_worker_in_a_second_list_keeps_the_kpj(world: World) -> None:
    world.send_list([1, 2])
    world.look()
    world.send_list([2, 3], part=2)
    world.look()
    answers = world.answers("enrolment")
    first = {row["worker_ref"]: row["kpj"] for row in answers[f"group-answer_{GROUP}_1.csv"]}
    second = {row["worker_ref"]: row["kpj"] for row in answers[f"group-answer_{GROUP}_2.csv"]}
    assert second[worker(2)] == first[worker(2)]
    assert second[worker(3)] not in first.values()


def test_a_list_seen_twice_is_answered_the_same(world: World) -> None:
    name = world.send_list(range(1, 6))
    world.look()
    before = world.bytes_in()
    for answer in world.enrolment.incoming():
        world.enrolment.archive(answer)
    world.clock.advance(timedelta(days=3))
    world.restart()
    assert world.send_list(range(1, 6)) == name
    world.look()
    assert world.bytes_in() == before


def test_bill_payment_and_confirmation_agree(world: World) -> None:
    world.enrol(5)
    world.request_bill(range(1, 6))
    world.look()
    (bill,) = world.answers("subsidy")[f"bill_{BILL}.csv"]
    assert bill["worker_count"] == "5"
    assert (bill["jkk_rupiah"], bill["jkm_rupiah"], bill["total_rupiah"]) == ("50000", "34000", "84000")
    assert bill["group_id"] == GROUP
    assert bill["month"] == MONTH
    assert bill["due_on"] == "2026-11-16"  # the 15th is a Sunday
    assert len(bill["kode_iuran"]) == 12
    assert bill["kode_iuran"].isdigit()
    world.pay(bill)
    world.look()
    rows = world.answers("subsidy")[f"confirmation_{DISBURSEMENT}.csv"]
    assert [row["worker_ref"] for row in rows] == [worker(number) for number in range(1, 6)]
    assert sum(int(row["jkk_rupiah"]) + int(row["jkm_rupiah"]) for row in rows) == 84_000
    assert {row["kode_iuran"] for row in rows} == {bill["kode_iuran"]}
    assert {row["paid_on"] for row in rows} == {"2026-11-12"}


def test_who_is_no_member_or_paid_already_is_not_billed(world: World) -> None:
    world.enrol(3)
    world.request_bill([1, 2, 77])
    world.look()
    (bill,) = world.answers("subsidy")[f"bill_{BILL}.csv"]
    assert bill["worker_count"] == "2"
    world.pay(bill)
    world.look()
    other = BILL.replace("8", "6")
    world.request_bill([1, 2, 3], bill_id=other)
    world.look()
    (second,) = world.answers("subsidy")[f"bill_{other}.csv"]
    assert second["worker_count"] == "1"
    assert second["kode_iuran"] != bill["kode_iuran"]


def test_a_kode_iuran_is_paid_once_and_exactly(world: World) -> None:
    world.enrol(2)
    world.request_bill([1, 2])
    world.look()
    (bill,) = world.answers("subsidy")[f"bill_{BILL}.csv"]
    short, again, wrong = (DISBURSEMENT.replace("9", digit) for digit in "123")
    world.pay(bill, short, amount_rupiah=100)
    world.pay(bill)
    world.look()
    world.pay(bill, again)
    world.pay(bill | {"kode_iuran": "261199999999"}, wrong)
    world.look()
    refused = world.refusals()
    assert set(refused) == {f"payment_{reference}.csv" for reference in (short, again, wrong)}
    assert "pay exactly the bill" in refused[f"payment_{short}.csv"]
    assert "nothing is booked twice" in refused[f"payment_{again}.csv"]
    assert [name for name in world.answers("subsidy") if name.startswith("confirmation")] == [
        f"confirmation_{DISBURSEMENT}.csv"
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text.replace("TRAILER,3", "TRAILER,4"), "counts 4 rows"),
        (lambda text: text[: text.index("TRAILER")], "cut off"),
        (lambda text: text[: len(text) // 2], "Row 2"),
        (lambda text: text + "more,rows\n", "after the trailer"),
        (lambda text: text.replace("worker_ref", "ref", 1), "header line"),
        (lambda text: text.replace("Orang 2", '"Orang 2'), "From row 2 on"),
        (lambda text: text.replace("JKK+JKM,", "", 1), "Row 1"),
        (lambda text: text.replace("Orang", "\udcff"), "UTF-8"),
    ],
)
def test_a_damaged_list_is_refused_whole_and_its_correction_is_taken(world: World, change, reason: str) -> None:  # type: ignore[no-untyped-def]
    name = world.send_list(range(1, 4))
    path = world.root / "enrolment" / "out" / name
    whole = path.read_text()
    path.write_bytes(change(whole).encode(errors="surrogateescape"))
    world.look()
    assert list(world.refusals()) == [name]
    assert reason in world.refusals()[name]
    assert not world.answers("enrolment")
    path.write_text(whole)
    world.look()
    assert len(world.answers("enrolment")[f"group-answer_{GROUP}_1.csv"]) == 3


def test_a_bill_request_whose_total_does_not_fit_is_refused(world: World) -> None:
    world.enrol(2)
    name = world.request_bill([1, 2])
    path = world.root / "subsidy" / "out" / name
    path.write_text(path.read_text().replace("33600", "33500"))
    world.look()
    assert "the rows make 33600" in world.refusals()[name]


def test_unknown_names_and_changed_files_are_refused(world: World) -> None:
    world.send_list([1])
    world.look()
    name = world.send_list([2])
    world.subsidy.write("rekap_2026.csv", ["x"])
    world.look()
    assert set(world.refusals()) == {name, "rekap_2026.csv"}
    assert "other content" in world.refusals()[name]


def test_a_file_that_is_still_written_waits(world: World) -> None:
    name = world.send_list([1])
    path = world.root / "enrolment" / "out" / name
    path.rename(path.with_name(f".{name}.tmp"))
    world.look()
    assert not world.answers("enrolment")
    assert not world.refusals()


def test_part_of_a_list_can_be_rejected_on_demand(world: World) -> None:
    world.behave(reject_share=0.3)
    world.send_list(range(1, 1001))
    world.look()
    rows = world.answers("enrolment")[f"group-answer_{GROUP}_1.csv"]
    rejected = [row for row in rows if row["reason"] == "population-data-differs"]
    assert 200 < len(rejected) < 400
