"""Each misbehaviour that the control file can ask for, and that good behaviour afterwards gives what is owed."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.sandbox.bpjs.control import ControlError, parse_control
from shared.exchange import RecordsError, read_records
from tests.sandbox.bpjs.world import BILL, DISBURSEMENT, GROUP, World, worker

FIRST, SECOND, THIRD = (f"group-answer_{GROUP}_1{suffix}.csv" for suffix in ("", "_2", "_3"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def billed(world: World, count: int = 10) -> dict[str, str]:
    """A normal bill for some enrolled workers."""
    world.enrol(count)
    world.request_bill(range(1, count + 1))
    world.look()
    (bill,) = world.answers("subsidy")[f"bill_{BILL}.csv"]
    return bill


def test_delay_answers_later(world: World) -> None:
    world.behave(group_answer="delay", delay_s=30)
    world.send_list([1, 2])
    world.look()
    world.look(after_s=29)
    assert not world.answers("enrolment")
    assert not world.waiting()
    world.look(after_s=2)
    assert list(world.answers("enrolment")) == [FIRST]


def test_partial_sends_the_rest_when_normal_again(world: World) -> None:
    world.behave(group_answer="partial", share=0.7)
    world.send_list(range(1, 11))
    world.look()
    world.look()
    assert len(world.answers("enrolment")[FIRST]) == 7
    assert list(world.answers("enrolment")) == [FIRST]
    world.behave()
    world.restart()
    world.look()
    world.look()
    answers = world.answers("enrolment")
    assert list(answers) == [FIRST, SECOND]
    told = [row["worker_ref"] for rows in answers.values() for row in rows]
    assert sorted(told) == [worker(number) for number in range(1, 11)]


def test_a_wrong_trailer_is_seen_by_the_platform_and_corrected_afterwards(world: World) -> None:
    world.behave(group_answer="wrong-total")
    world.send_list(range(1, 4))
    world.look()
    world.look()
    with pytest.raises(RecordsError):
        world.answers("enrolment")
    spoiled = world.bytes_in()[FIRST]
    world.behave()
    world.look()
    assert world.bytes_in()[FIRST] == spoiled
    answer = world.bytes_in()[SECOND]
    rows, _ = read_records(answer, answer.decode().splitlines()[0].split(","))
    assert len(rows) == 3
    # Asked again, the branch repeats both, byte for byte.
    before = world.bytes_in()
    for name in before:
        (world.root / "enrolment" / "in" / name).unlink()
    world.send_list(range(1, 4))
    world.look()
    assert world.bytes_in() == before


def test_duplicate_answers_twice_with_the_same_content(world: World) -> None:
    world.behave(group_answer="duplicate", bill="duplicate", confirmation="duplicate")
    world.send_list(range(1, 4))
    world.look()
    assert world.bytes_in()[FIRST] == world.bytes_in()[SECOND]
    world.request_bill(range(1, 4))
    world.look()
    files = world.bytes_in()
    assert files[f"bill_{BILL}.csv"] == files[f"bill_{BILL}_2.csv"]
    (bill,) = world.answers("subsidy")[f"bill_{BILL}.csv"]
    world.pay(bill)
    world.look()
    files = world.bytes_in()
    assert files[f"confirmation_{DISBURSEMENT}.csv"] == files[f"confirmation_{DISBURSEMENT}_2.csv"]


def test_never_answers_until_it_does(world: World) -> None:
    world.behave(group_answer="never")
    world.send_list([1])
    world.look()
    world.look(after_s=86_400)
    assert not world.bytes_in()
    assert not world.waiting()
    world.behave()
    world.look()
    assert list(world.answers("enrolment")) == [FIRST]


def test_a_partial_bill_is_replaced_by_a_whole_one_with_another_kode(world: World) -> None:
    world.enrol(10)
    world.behave(bill="partial", share=0.9)
    world.request_bill(range(1, 11))
    world.look()
    world.behave()
    world.look()
    answers = world.answers("subsidy")
    (part,), (whole,) = answers[f"bill_{BILL}.csv"], answers[f"bill_{BILL}_2.csv"]
    assert (part["worker_count"], whole["worker_count"]) == ("9", "10")
    assert part["kode_iuran"] != whole["kode_iuran"]
    name = world.pay(part)
    world.look()
    assert "withdrawn" in world.refusals()[name]


def test_a_partial_bill_that_was_paid_is_followed_by_a_bill_for_the_others(world: World) -> None:
    world.enrol(10)
    world.behave(bill="partial", share=0.9)
    world.request_bill(range(1, 11))
    world.look()
    (part,) = world.answers("subsidy")[f"bill_{BILL}.csv"]
    world.pay(part)
    world.look()
    world.behave()
    world.look()
    answers = world.answers("subsidy")
    (rest,) = answers[f"bill_{BILL}_2.csv"]
    assert rest["worker_count"] == "1"
    other = DISBURSEMENT.replace("9", "5")
    world.pay(rest, other)
    world.look()
    answers = world.answers("subsidy")
    confirmed = [row["worker_ref"] for name in (DISBURSEMENT, other) for row in answers[f"confirmation_{name}.csv"]]
    assert sorted(confirmed) == [worker(number) for number in range(1, 11)]


def test_a_bill_with_a_wrong_total_asks_for_more_than_is_due(world: World) -> None:
    world.enrol(2)
    world.behave(bill="wrong-total")
    world.request_bill([1, 2])
    world.look()
    (bill,) = world.answers("subsidy")[f"bill_{BILL}.csv"]
    assert int(bill["total_rupiah"]) == 2 * 16_800 + 16_800
    assert int(bill["jkk_rupiah"]) + int(bill["jkm_rupiah"]) == int(bill["total_rupiah"])
    world.behave()
    world.look()
    (corrected,) = world.answers("subsidy")[f"bill_{BILL}_2.csv"]
    assert int(corrected["total_rupiah"]) == 2 * 16_800


def test_a_partial_confirmation_is_completed(world: World) -> None:
    bill = billed(world)
    world.behave(confirmation="partial", share=0.5)
    world.pay(bill)
    world.look()
    world.behave()
    world.look()
    answers = world.answers("subsidy")
    parts = [answers[f"confirmation_{DISBURSEMENT}{suffix}.csv"] for suffix in ("", "_2")]
    assert [len(part) for part in parts] == [5, 5]
    assert len({row["worker_ref"] for part in parts for row in part}) == 10


def test_an_unreadable_control_changes_nothing(world: World) -> None:
    world.behave(group_answer="never")
    world.look()
    world.control.write_text("{")
    world.send_list([1])
    world.look()
    assert not world.bytes_in()


@pytest.mark.parametrize(
    "values", [[], {"bill": "sometimes"}, {"share": 2}, {"delay_s": "3"}, {"delay_s": True}, {"bil": "normal"}]
)
def test_the_control_knows_what_it_can_say(values: object) -> None:
    with pytest.raises(ControlError):
        parse_control(values)
