"""From facts to messages: once each, in any order."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from shared.contracts.base import Event
from shared.contracts.events.notification_delivered import NotificationDelivered
from shared.contracts.events.notification_sent import NotificationSent
from shared.money import Rupiah
from shared.periods import Month
from shared.privacy import Contact
from tests.conftest import MakeDatabase
from tests.notification.conftest import NOVEMBER, Town, enrolled, lapsing, late, open_town, paid, registered, worker
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


async def test_only_whom_an_officer_entered_hears_that_the_registration_arrived(town: Town, tmp_path: Path) -> None:
    siti, budi = worker(), worker()
    by_officer = registered(siti, origin="officer", import_id=None)
    await town.world.feed(town.contact(siti), town.contact(budi), by_officer, registered(budi, origin="roster"))
    await town.world.feed(by_officer)
    await town.deliver()
    [line] = town.lines()
    assert (line["purpose"], line["period"]) == ("registered", "2026-11")
    assert "belum terlindungi" in line["text"]
    await town.assert_sound(tmp_path / "facts")
    facts = await town.world.facts("notice.registered", "copy", tmp_path / "facts")
    assert facts == {f"{siti}|2026-11": ""}


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


@pytest.mark.parametrize("seed", range(2))
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
