"""From facts to messages: once each, in any order, to people whose contact may come later, or go."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from services.notification.handlers.contacts import on_worker_contact
from shared.contracts.base import Event
from shared.contracts.events.employer_contact import EmployerContact
from shared.contracts.events.notification_delivered import NotificationDelivered
from shared.contracts.events.notification_failed import NotificationFailed
from shared.contracts.events.notification_sent import NotificationSent
from shared.contracts.events.worker_contact import WorkerContact
from shared.messaging.envelope import Received
from shared.messaging.intake import Intake
from shared.money import Rupiah
from shared.periods import Month
from shared.privacy import Contact
from tests.conftest import MakeDatabase
from tests.notification.conftest import NOVEMBER, Town, enrolled, lapsing, late, open_town, paid, worker
from tests.service_world import Record

SITI_EN = Contact("Siti Aminah", "+6281234567890", None, "en")
PT_SAWIT = Contact("Budi", None, "hrd@sawit.example")


async def test_a_paid_month_reaches_the_worker(town: Town, tmp_path: Path) -> None:
    siti = worker()
    await town.world.feed(town.contact(siti), paid(siti))
    await town.deliver()
    [line] = town.lines()
    assert line["to"] == {"name": "Siti Aminah", "phone": "+6281234567890", "email": "siti@example.id"}
    assert "November 2026 sebesar Rp16.800 sudah dibayar pada 12 November 2026" in line["text"]
    [sent] = await town.world.emitted(NotificationSent)
    [delivered] = await town.world.emitted(NotificationDelivered)
    assert (sent.aggregate_version, delivered.aggregate_version, sent.attempt) == (1, 2, 1)
    assert (sent.template, sent.template_version, sent.language) == ("contribution-paid", 1, "id")
    assert sent.message_id == delivered.message_id
    assert sent.period == NOVEMBER
    await town.assert_sound(tmp_path / "facts")
    assert await town.world.facts("notice.paid", "copy", tmp_path / "facts") == {f"{siti}|2026-11": ""}


async def test_each_purpose_has_its_message(town: Town, tmp_path: Path) -> None:
    siti, sawit = worker(), worker()
    await town.world.feed(town.contact(siti, SITI_EN), town.employer_contact(sawit, PT_SAWIT))
    await town.world.feed(enrolled(siti), paid(siti), lapsing(siti), late(sawit))
    await town.deliver()
    texts = {line["purpose"]: line for line in town.lines()}
    assert set(texts) == {"covered", "paid", "lapsing", "employer-late"}
    assert texts["covered"]["text"].startswith("Dear Siti Aminah, from November 2026 you are covered")
    assert texts["lapsing"]["period"] == "2026-11"
    assert texts["employer-late"]["to"]["email"] == "hrd@sawit.example"
    assert texts["employer-late"]["text"].startswith("Yth. Budi, iuran")
    kinds = {event.purpose: event.recipient_kind for event in await town.world.emitted(NotificationSent)}
    assert kinds["employer-late"] == "employer"
    await town.assert_sound(tmp_path / "facts")
    for purpose, key in [
        ("covered", f"{siti}|2026-11"),
        ("lapsing", f"{siti}|2026-11"),
        ("employer-late", f"{sawit}|2026-10"),
    ]:
        assert await town.world.facts(f"notice.{purpose}", "copy", tmp_path / "facts") == {key: ""}


async def test_nobody_is_told_the_same_twice(town: Town, tmp_path: Path) -> None:
    siti, sawit = worker(), worker()
    await town.world.feed(town.contact(siti), town.employer_contact(sawit, PT_SAWIT))
    await town.world.feed(paid(siti), paid(siti), late(sawit))
    await town.deliver()
    await town.world.feed(paid(siti), late(sawit, aggregate_version=3, months_late=2), lapsing(siti))
    await town.deliver()
    # A further unpaid month is another warning, not a repetition.
    await town.world.feed(lapsing(siti, unpaid_months=(Month(2026, 11), Month(2026, 12)), aggregate_version=3))
    await town.deliver()
    purposes = sorted((line["purpose"], line["period"]) for line in town.lines())
    assert purposes == [
        ("employer-late", "2026-10"),
        ("lapsing", "2026-11"),
        ("lapsing", "2026-12"),
        ("paid", "2026-11"),
    ]
    await town.assert_sound(tmp_path / "facts")


async def test_only_what_the_programme_paid_and_in_full_is_told_to_workers(town: Town) -> None:
    await town.world.feed(
        paid(worker(), payer_kind="self"),
        paid(worker(), payer_kind="employer", occupation_code=None),
        paid(worker(), outstanding_rupiah=Rupiah(6_800)),
    )
    assert await town.states() == {}


async def test_a_message_waits_for_its_contact(town: Town, tmp_path: Path) -> None:
    siti = worker()
    await town.world.feed(paid(siti))
    await town.deliver()
    assert await town.states() == {"waiting-contact": 1}
    await town.assert_sound(tmp_path / "facts")
    await town.world.run_job("give-up-waiting")
    await town.world.feed(town.contact(siti))
    await town.deliver()
    assert await town.states() == {"delivered": 1}
    assert await town.world.emitted(NotificationFailed) == []


async def test_no_message_begins_to_wait_while_its_contact_arrives(town: Town) -> None:
    siti = worker()
    await town.world.feed(paid(siti))
    record = town.world.record(town.contact(siti))
    [item] = Intake(town.world.service.catalogue, town.world.clock).read_all([record])
    assert item.received is not None
    async with town.world.outbox.unit_of_work() as uow:
        await on_worker_contact([cast(Received[WorkerContact], item.received)], uow)
        delivery = asyncio.create_task(town.deliver())
        await asyncio.sleep(0.3)
    await delivery
    assert await town.states() == {"delivered": 1}


async def test_a_contact_that_never_comes_is_given_up_in_sight(town: Town, tmp_path: Path) -> None:
    siti, sawit = worker(), worker()
    await town.world.feed(paid(siti), late(sawit))
    await town.deliver()
    town.world.clock.advance(timedelta(seconds=259_199))
    await town.world.run_job("give-up-waiting")
    assert await town.states() == {"waiting-contact": 2}
    town.world.clock.advance(timedelta(seconds=1))
    await town.world.run_job("give-up-waiting")
    assert await town.states() == {"failed": 2}
    failed = await town.world.emitted(NotificationFailed)
    assert {(event.recipient_id, event.reason, event.attempts) for event in failed} == {
        (siti, "no-contact", 0),
        (sawit, "no-contact", 0),
    }
    await town.world.feed(town.contact(siti))
    await town.deliver()
    assert town.lines() == []
    await town.assert_sound(tmp_path / "facts")


async def test_an_erased_person_is_not_written_to(town: Town, tmp_path: Path) -> None:
    siti, waits = worker(), worker()
    await town.world.feed(paid(waits))
    await town.deliver()
    await town.world.feed(town.contact(siti), paid(siti))
    tombstones = [town.world.tombstone(WorkerContact, str(key)) for key in (siti, waits)]
    await town.world.feed(*tombstones)
    assert await town.world.value("SELECT count(*) FROM contact WHERE ciphertext IS NOT NULL") == 0
    await town.deliver()
    assert await town.states() == {"failed": 2}
    assert {event.reason for event in await town.world.emitted(NotificationFailed)} == {"erased"}
    assert town.lines() == []
    await town.assert_sound(tmp_path / "facts")


async def test_erasures_and_contacts_hold_by_their_time_however_often_they_are_read(town: Town) -> None:
    siti = worker()
    first = town.world.record(town.contact(siti))
    town.world.clock.advance(timedelta(minutes=1))
    erased = town.world.tombstone(WorkerContact, str(siti))
    town.world.clock.advance(timedelta(minutes=1))
    second = town.world.record(town.contact(siti, version=2))

    async def read_again(*records: Record) -> Any:
        for record in records:
            await town.world.break_by_hand("DELETE FROM inbox")  # as after its memory, in a replay of the topic
            await town.world.feed(record)
        rows = await town.world.rows("SELECT version, ciphertext IS NOT NULL, erased_at IS NOT NULL FROM contact")
        return [tuple(row) for row in rows]

    assert await read_again(first, erased, first) == [(1, False, True)]
    assert await read_again(second) == [(2, True, False)]
    assert await read_again(first, erased, second) == [(2, True, False)]
    assert await read_again(second, erased, first) == [(2, True, False)]
    third = town.world.tombstone(WorkerContact, str(siti))
    assert await read_again(second, third) == [(2, False, True)]


async def test_contact_and_erasure_in_one_batch(town: Town) -> None:
    siti, sawit = worker(), worker()
    records = [town.world.record(town.contact(siti)), town.world.record(town.employer_contact(sawit, PT_SAWIT))]
    town.world.clock.advance(timedelta(minutes=1))
    records += [
        town.world.tombstone(WorkerContact, str(siti)),
        town.world.tombstone(EmployerContact, str(sawit)),
    ]
    await town.world.feed(*records)
    assert await town.world.value("SELECT count(*) FROM contact WHERE ciphertext IS NULL") == 2


async def test_the_latest_contact_holds(town: Town) -> None:
    siti = worker()
    await town.world.feed(
        town.contact(siti, Contact("Lama", None, "lama@example.id")),
        town.contact(siti, Contact("Baru", None, "baru@example.id"), version=3),
        town.contact(siti, Contact("Tua", None, "tua@example.id"), version=2),
        paid(siti),
    )
    await town.world.feed(town.contact(siti, Contact("Tua", None, "tua@example.id"), version=2))
    await town.deliver()
    assert town.lines()[0]["to"]["name"] == "Baru"


async def test_a_contact_that_cannot_be_opened_fails_in_sight(town: Town, tmp_path: Path) -> None:
    siti, other = worker(), worker()
    swapped = town.contact(other).model_copy(update={"worker_id": siti})  # of another person
    await town.world.feed(swapped, paid(siti))
    await town.deliver()
    [failed] = await town.world.emitted(NotificationFailed)
    assert failed.reason == "contact-unreadable"
    await town.assert_sound(tmp_path / "facts")


async def test_a_missing_key_is_waited_for(town: Town, tmp_path: Path) -> None:
    siti = worker()
    lost = town.contact(siti).model_copy(update={"key_reference": "contact-9"})
    await town.world.feed(lost, paid(siti))
    await town.deliver()
    assert await town.states() == {"queued": 1}
    await town.world.feed(town.contact(siti, version=2))
    town.world.clock.advance(timedelta(minutes=1))
    await town.deliver()
    assert await town.states() == {"delivered": 1}
    await town.assert_sound(tmp_path / "facts")


@pytest.mark.parametrize("seed", range(3))
async def test_any_order_and_any_repetition_end_in_the_same_state(
    make_database: MakeDatabase, tmp_path: Path, seed: int
) -> None:
    """Two services read the same history: one in order, one shuffled between topics, with repeats, in small batches."""
    choice = random.Random(seed)
    people, employers = [worker() for _ in range(12)], [worker() for _ in range(4)]
    outcomes = []
    async with (
        open_town(await make_database(), tmp_path / "a") as straight,
        open_town(await make_database(), tmp_path / "b", keys_path=straight.keys_path) as shuffled,
    ):
        streams: dict[str, list[Record]] = {}
        events: list[Event] = []
        for person in people[:10]:
            events += [straight.contact(person), straight.contact(person, version=2), enrolled(person), paid(person)]
            events += [paid(person, month=Month(2026, 12)), lapsing(person), paid(person)]
        for employer in employers[:3]:
            events += [straight.employer_contact(employer, PT_SAWIT)]
        events += [paid(person) for person in people[10:]]
        for employer in employers:
            events += [late(employer), late(employer, aggregate_version=3, months_late=2)]
        for event in events:
            record = straight.world.record(event)
            streams.setdefault(record.topic, []).append(record)
        for town, mixed in ((straight, False), (shuffled, True)):
            left = {topic: list(records) for topic, records in streams.items()}
            done: list[Record] = []
            while any(left.values()):
                topic = choice.choice([t for t in left if left[t]]) if mixed else next(t for t in left if left[t])
                size = choice.randint(1, 7) if mixed else len(left[topic])
                batch, left[topic] = left[topic][:size], left[topic][size:]
                done += batch
                await town.world.feed(*batch, *(choice.sample(done, min(3, len(done))) if mixed else ()))
                if mixed and choice.random() < 0.4:
                    await town.deliver()
            await town.deliver()
            await town.assert_sound(town.mailbox.parent / "facts")
            rows = await town.world.rows(
                "SELECT recipient_id, purpose, period, facts, state FROM message ORDER BY 1,2,3"
            )
            known = await town.world.rows("SELECT recipient_id, version, ciphertext FROM contact ORDER BY 1")
            said = sorted((one["to"]["name"], one["purpose"], one["period"], one["text"]) for one in town.lines())
            outcomes.append(([tuple(row) for row in rows], [tuple(row) for row in known], said))
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0][0]) == 10 * 4 + 2 + 4
