"""Contacts come later, change, cannot be opened, or go: what becomes of the messages."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from services.notification.handlers.contacts import on_worker_contact
from shared.contracts.events.employer_contact import EmployerContact
from shared.contracts.events.notification_failed import NotificationFailed
from shared.contracts.events.worker_contact import WorkerContact
from shared.messaging.columnar.event_groups import EventBatch
from shared.messaging.consume.intake import Intake
from shared.privacy import Contact, contact_vault
from tests.notification.conftest import Town, late, paid, worker
from tests.service_world import Record

SITI_EN = Contact("Siti Aminah", "+6281234567890", None, "en")
PT_SAWIT = Contact("Budi", None, "hrd@sawit.example")


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
    [group] = Intake(town.world.service.catalogue, town.world.clock).read([record]).groups
    async with town.world.outbox.unit_of_work() as uow:
        await on_worker_contact(uow, cast(EventBatch[WorkerContact], EventBatch([group])))
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


@pytest.mark.parametrize(
    "sealed_text",
    [
        "Siti",
        "[]",
        '{"name": "Siti"}',
        '{"name": null, "phone": null, "email": null, "language": "id"}',
        '{"name": "Siti", "phone": 81234567890, "email": null, "language": "id"}',
    ],
)
async def test_a_contact_of_another_form_stops_nobody_else(town: Town, tmp_path: Path, sealed_text: str) -> None:
    odd, siti = worker(), worker()
    [person] = contact_vault(town.keys_path).encrypt_new_people([(odd, {"contact": sealed_text})])
    content = base64.b64encode((person.key.wrapped or b"") + person.fields["contact"]).decode()
    event = town.contact(odd).model_copy(update={"key_reference": person.key.kek_id, "ciphertext": content})
    await town.world.feed(event, town.contact(siti), paid(odd), paid(siti))
    await town.deliver()
    assert await town.states() == {"delivered": 1, "failed": 1}
    [failed] = await town.world.emitted(NotificationFailed)
    assert (failed.recipient_id, failed.reason) == (odd, "contact-unreadable")
    await town.assert_sound(tmp_path / "facts")


@pytest.mark.parametrize("topic", ["worker", "employer"])
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (None, "envelope-incomplete"),
        ({"ce_source": b"urn:payung:service:notification"}, "writer-foreign"),
        ({"ce_source": b"-"}, "envelope-incomplete"),
        ({"ce_type": b"worker.enrolled"}, "envelope-incomplete"),
        ({"ce_subject": b"-"}, "key-mismatch"),
        ({"ce_subject": b"019ac4f2-9a01-7e5f-a8cc-7d9f1b3c5e20"}, "key-mismatch"),
    ],
)
async def test_a_null_record_that_is_not_the_owners_forgets_nobody(
    town: Town, topic: str, changes: dict[str, bytes] | None, code: str
) -> None:
    """A tool that writes a key and no body is enough to make one; the next true contact is taken at once."""
    key = worker()

    def contact(version: int) -> WorkerContact | EmployerContact:
        return (
            town.contact(key, version=version)
            if topic == "worker"
            else town.employer_contact(key, PT_SAWIT, version=version)
        )

    await town.world.feed(contact(1))
    mark = town.world.tombstone(WorkerContact if topic == "worker" else EmployerContact, str(key))
    headers: dict[str, bytes | None] = {} if changes is None else {**dict(mark.headers), **changes}
    mark = mark._replace(headers=[(name, value) for name, value in headers.items() if value != b"-"])
    assert (await town.world.feed(mark)).parked_by_reason == {code: 1}
    assert (await town.world.feed(mark, contact(2))).applied == 1
    query = "SELECT version, ciphertext IS NOT NULL, erased_at IS NULL FROM contact"
    assert [tuple(row) for row in await town.world.rows(query)] == [(2, True, True)]
