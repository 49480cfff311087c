"""E-mail against a real server: handed over at most once, tried again when that is safe, silent about people."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.notification.adapters import Smtp
from services.notification.app import delivery_of
from shared.clock import WITA
from shared.contracts.events.notification_delivered import NotificationDelivered
from shared.contracts.events.notification_failed import NotificationFailed
from shared.contracts.events.notification_sent import NotificationSent
from tests.notification.conftest import Town, open_town, paid, worker, write_to
from tests.notification.mail_server import Post, certificate, mail_server, smtp


@pytest.fixture
async def posted(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Town, Post]]:
    """A service with a mail server that takes everything."""
    with mail_server() as post:
        async with open_town(database_url, tmp_path, **smtp(post)) as town:
            yield town, post


async def test_an_email_is_handed_over_once(posted: tuple[Town, Post], tmp_path: Path) -> None:
    town, post = posted
    people = await write_to(town, *(f"orang{number}@example.id" for number in range(20)))
    await town.deliver()
    await town.deliver()
    assert len(post.mails) == 20
    by_address = {str(mail["To"]): mail for mail in post.mails}
    mail = by_address["orang3@example.id"]
    message = await town.message(people[3])
    assert mail["Message-ID"] == f"<{message['message_id']}@kaltim.example>"
    assert mail["From"] == "payung@kaltim.example"
    assert mail["Subject"] == "Iuran November 2026 sudah dibayar"
    assert mail["Content-Language"] == "id"
    assert "Yth. Orang 3, iuran BPJS Ketenagakerjaan" in mail.get_content()
    assert await town.states() == {"sent": 20}
    assert {event.channel for event in await town.world.emitted(NotificationSent)} == {"email"}
    assert await town.world.emitted(NotificationDelivered) == []
    await town.assert_sound(tmp_path / "facts")


async def test_who_has_no_usable_address_is_seen(posted: tuple[Town, Post], tmp_path: Path) -> None:
    town, post = posted
    bad = ["a@b\r\nRCPT TO:<c@d>", "a@b,c@d", "<a@b>", "tanpa-alamat", "á@b.id", "a b@c.id"]
    await write_to(town, None, *bad, "baik@example.id")
    await town.deliver()
    failed = sorted(event.reason for event in await town.world.emitted(NotificationFailed))
    assert failed == ["no-contact", *["unreachable"] * len(bad)]
    assert {event.attempts for event in await town.world.emitted(NotificationFailed)} == {0}
    assert list(post.asked) == ["baik@example.id"]
    await town.assert_sound(tmp_path / "facts")


async def test_permanent_refusals_fail_and_temporary_ones_are_tried_again(
    posted: tuple[Town, Post], tmp_path: Path
) -> None:
    town, post = posted
    full = {"penuh@example.id": 2}

    async def at_rcpt(address: str) -> str | None:
        if address == "tiada@example.id":
            return f"550 5.1.1 {address} unknown"
        if full.get(address):
            full[address] -= 1
            return "452 4.2.2 mailbox full"
        return None

    async def at_data(address: str) -> str | None:
        return "554 5.7.1 looks like spam" if address == "tolak@example.id" else None

    post.at_rcpt, post.at_data = at_rcpt, at_data
    await write_to(town, "tiada@example.id", "tolak@example.id", "penuh@example.id", "baik@example.id")
    await town.deliver()
    assert await town.states() == {"failed": 2, "queued": 1, "sent": 1}
    reasons = {(event.reason, event.attempts) for event in await town.world.emitted(NotificationFailed)}
    assert reasons == {("unreachable", 1), ("refused", 1)}
    town.world.clock.advance(timedelta(seconds=59))
    await town.deliver()
    assert post.asked["penuh@example.id"] == 1, "its time has not come"
    town.world.clock.advance(timedelta(seconds=1))
    await town.deliver()
    town.world.clock.advance(timedelta(seconds=119))
    await town.deliver()
    assert post.asked["penuh@example.id"] == 2, "the second pause is twice as long"
    town.world.clock.advance(timedelta(seconds=1))
    await town.deliver()
    assert await town.states() == {"failed": 2, "sent": 2}
    assert sorted(event.attempt for event in await town.world.emitted(NotificationSent)) == [1, 3]
    assert max(post.ids.values()) == 1
    await town.assert_sound(tmp_path / "facts")


async def test_a_server_that_is_away_is_tried_again_and_given_up(database_url: str, tmp_path: Path) -> None:
    with mail_server() as post:
        pass  # gone
    async with open_town(database_url, tmp_path, **smtp(post, smtp_max_attempts=2)) as town:
        await write_to(town, "a@example.id", "b@example.id")
        await town.deliver()
        assert await town.states() == {"queued": 2}
        town.world.clock.advance(timedelta(minutes=1))
        await town.deliver()
        assert await town.states() == {"failed": 2}
        failed = await town.world.emitted(NotificationFailed)
        assert {(event.reason, event.attempts) for event in failed} == {("carrier-down", 2)}
        await town.assert_sound(tmp_path / "facts")


async def test_a_sender_that_the_server_does_not_accept_is_no_fault_of_the_recipients(
    posted: tuple[Town, Post], tmp_path: Path
) -> None:
    town, post = posted

    async def at_mail(address: str) -> str | None:
        return f"550 5.7.1 {address} may not send here"

    post.at_mail = at_mail
    await write_to(town, "a@example.id", "b@example.id")
    await town.deliver()
    assert await town.states() == {"queued": 2}
    post.at_mail = None  # somebody has put it right
    town.world.clock.advance(timedelta(minutes=1))
    await town.deliver()
    assert await town.states() == {"sent": 2}
    assert max(post.ids.values()) == 1
    await town.assert_sound(tmp_path / "facts")


async def test_silence_after_the_text_is_a_doubt_and_never_a_second_email(database_url: str, tmp_path: Path) -> None:
    with mail_server() as post:
        taken: list[str] = []

        async def at_data(address: str) -> str | None:
            taken.append(address)
            if address == "diam@example.id":
                await asyncio.sleep(3)  # longer than the client waits
            return None

        post.at_data = at_data
        async with open_town(database_url, tmp_path, **smtp(post, smtp_timeout_s=0.5)) as town:
            await write_to(town, "diam@example.id", "baik@example.id")
            await town.deliver()
            assert await town.states() == {"unknown": 1, "sent": 1}
            town.world.clock.advance(timedelta(days=2))
            await town.deliver()
            assert sorted(taken) == ["baik@example.id", "diam@example.id"]
            await town.assert_sound(tmp_path / "facts")


async def test_silence_before_the_text_is_tried_again(database_url: str, tmp_path: Path) -> None:
    with mail_server() as post:
        slow = [3.0]

        async def at_rcpt(address: str) -> str | None:
            await asyncio.sleep(slow.pop() if slow else 0)
            return None

        post.at_rcpt = at_rcpt
        async with open_town(database_url, tmp_path, **smtp(post, smtp_timeout_s=0.5)) as town:
            await write_to(town, "lambat@example.id")
            await town.deliver()
            assert await town.states() == {"queued": 1}
            town.world.clock.advance(timedelta(minutes=1))
            await town.deliver()
            assert await town.states() == {"sent": 1}
            assert len(post.mails) == 1


async def test_quiet_hours_hold_email_back_until_they_end(posted: tuple[Town, Post]) -> None:
    town, post = posted
    evening = town.world.clock.now().astimezone(WITA).replace(hour=19, minute=59, second=59)
    town.world.clock.set(evening)
    await write_to(town, "a@example.id")
    town.world.clock.advance(timedelta(seconds=1))
    await town.deliver()
    town.world.clock.advance(timedelta(hours=10, minutes=59, seconds=59))
    await town.deliver()
    assert post.mails == []
    assert await town.states() == {"queued": 1}
    town.world.clock.advance(timedelta(seconds=1))
    await town.deliver()
    assert len(post.mails) == 1


async def test_the_mailbox_disturbs_nobody(town: Town) -> None:
    town.world.clock.set(town.world.clock.now().astimezone(WITA).replace(hour=2))
    siti = worker()
    await town.world.feed(town.contact(siti), paid(siti))
    await town.deliver()
    assert len(town.lines()) == 1


async def test_starttls_and_sign_in(database_url: str, tmp_path: Path) -> None:
    tls = certificate(tmp_path / "tls")
    with mail_server(tls=tls, password="rahasia") as post:
        safe = smtp(post, smtp_security="starttls", smtp_ca_file=tls[0], smtp_user="payung", smtp_password="rahasia")
        async with open_town(database_url, tmp_path, **safe) as town:
            await write_to(town, "a@example.id")
            await town.deliver()
            assert await town.states() == {"sent": 1}
            assert post.users == ["payung"]


@pytest.mark.parametrize("wrong", ["authority", "password", "unencrypted"])
async def test_no_email_goes_to_a_server_that_is_not_trusted(database_url: str, tmp_path: Path, wrong: str) -> None:
    tls = certificate(tmp_path / "tls")
    other = certificate(tmp_path / "other")
    offers_tls = wrong != "unencrypted"
    with mail_server(tls=tls if offers_tls else None, password="rahasia" if wrong == "password" else None) as post:
        settings = smtp(post, smtp_security="starttls", smtp_ca_file=(other if wrong == "authority" else tls)[0])
        if wrong == "password":
            settings |= {"smtp_user": "payung", "smtp_password": "salah"}
        async with open_town(database_url, tmp_path, **settings) as town:
            await write_to(town, "a@example.id")
            await town.deliver()
            assert post.asked == {}
            assert await town.states() == {"queued": 1}


async def test_a_slow_server_gets_what_fits_into_the_time(posted: tuple[Town, Post], tmp_path: Path) -> None:
    town, post = posted

    async def at_data(_: str) -> str | None:
        await asyncio.sleep(0.15)
        return None

    post.at_data = at_data
    await write_to(town, *(f"orang{number}@example.id" for number in range(30)))
    delivery = delivery_of(town.world.context)
    assert isinstance(delivery.channel, Smtp)
    delivery.channel._hand_over_s = 0.3
    begun = time.monotonic()
    assert await delivery.deliver_next()
    assert time.monotonic() - begun < 2
    states = await town.states()
    assert states["sent"] == len(post.mails)
    assert 4 <= states["sent"] < 30
    assert states["queued"] == 30 - states["sent"], "not tried is no failure"
    assert await town.world.value("SELECT max(attempts) FROM message WHERE state = 'queued'") == 0
    await town.assert_sound(tmp_path / "facts")
