"""Names and addresses are nowhere but in the ciphertext and in the channel: not in logs, rows, events or errors."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.notification.handlers.channel import Letter
from services.notification.rules.templates import load_templates
from services.notification.rules.texts import Text
from services.notification.store.queue import QueuedMessage
from shared.contracts.events.worker_contact import WorkerContact
from shared.privacy import Contact
from tests.notification import process
from tests.notification.conftest import Town, open_town, paid, worker
from tests.notification.mail_server import mail_server, smtp

CANARY = Contact("Kenari Kuning", "+6281999888777", "kenari.kuning@rahasia.example")
TRACES = ("Kenari", "Kuning", "81999888777", "kenari.kuning", "rahasia.example")


def traces(text: str) -> list[str]:
    return [trace for trace in TRACES if trace.lower() in text.lower()]


async def everything_stored(town: Town) -> str:
    """All rows of all tables as text."""
    names = await town.world.rows(
        "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    )
    texts = []
    for row in names:
        texts += [one[0] for one in await town.world.rows(f"SELECT t::text FROM {row['name']} t")]
    return "\n".join(texts)


async def deliver_elsewhere(town: Town) -> str:
    """Deliver in a process that logs everything it may; gives its log."""
    url = town.world.database.url
    settings: dict[str, Any] = {"database_url": url, "kafka_bootstrap": "127.0.0.1:1", "quiet_hours": "none"}
    started = process.start(url, settings | town.settings, town.log_path)
    assert await process.end_of(started) == 0
    return town.log_path.read_text()


async def test_the_mailbox_alone_has_names(town: Town) -> None:
    siti = worker()
    town.world.clock.set(datetime.now(UTC))
    await town.world.feed(town.contact(siti, CANARY), paid(siti))
    log = await deliver_elsewhere(town)
    assert "Traceback" not in log
    assert traces(town.lines()[0]["text"] + str(town.lines()[0]["to"])) == list(TRACES)
    assert traces(log) == []
    assert traces(await everything_stored(town)) == []


async def test_a_mail_server_that_repeats_addresses_is_not_repeated(database_url: str, tmp_path: Path) -> None:
    with mail_server() as post:

        async def at_rcpt(address: str) -> str | None:
            return f"550 5.1.1 <{address}> Kenari Kuning is unknown"

        async def at_data(address: str) -> str | None:
            return f"451 4.3.0 <{address}> later"

        async with open_town(database_url, tmp_path, **smtp(post)) as town:
            town.world.clock.set(datetime.now(UTC))
            for answer in ("at_rcpt", "at_data"):
                siti = worker()
                await town.world.feed(town.contact(siti, CANARY), paid(siti))
                post.at_rcpt, post.at_data = (at_rcpt, None) if answer == "at_rcpt" else (None, at_data)
                log = await deliver_elsewhere(town)
            assert await town.states() == {"failed": 1, "queued": 1}
            assert "messages_not_handed_over" in log
            assert traces(log) == []
            assert traces(await everything_stored(town)) == []


async def test_an_erasure_takes_the_ciphertext(town: Town) -> None:
    siti = worker()
    event = town.contact(siti, CANARY)
    await town.world.feed(event)
    assert event.ciphertext in await everything_stored(town)
    await town.world.feed(town.world.tombstone(WorkerContact, str(siti)))
    assert event.ciphertext not in await everything_stored(town)


def test_a_letter_shows_nothing() -> None:
    template = load_templates().choose("paid", "id", datetime.now(UTC).date())
    message = QueuedMessage(worker(), worker(), "worker", "paid", "2026-11", "{}", 0, 0, worker())
    letter = Letter(message, template, CANARY, Text("Kenari", "Kuning"))
    assert traces(repr(letter)) == []
