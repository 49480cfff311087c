"""Every check is broken by hand: a row changed, deleted, doubled. A check that cannot fail proves nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest

from services.notification.checks import VERIFICATION
from shared.contracts.events.worker_contact import WorkerContact
from shared.verification import MAX_BROKEN
from tests.conftest import MakeDatabase
from tests.notification.conftest import Town, enrolled, lapsing, open_town, paid, worker


class Breakage(NamedTuple):
    """What is done by hand and which check must see it."""

    check: str
    statement: str


DOUBLE_MESSAGE = """
INSERT INTO message
SELECT {recipient}, purpose, {period}, {id}, recipient_kind, region_code, facts, cause_event_id, state, reason, channel,
    version, attempts, created_at, not_before
FROM message WHERE state = '{state}' LIMIT 1
"""
NEW, LATER = "gen_random_uuid()", "to_char(to_date(period, 'YYYY-MM') + interval '1 month', 'YYYY-MM')"
FIRST = "(SELECT {} FROM {} ORDER BY 1 LIMIT 1)"
A_SENT = "message_id = (SELECT message_id FROM message WHERE state = 'delivered' ORDER BY 1 LIMIT 1)"
ADD_ATTEMPT = """
INSERT INTO attempt
SELECT message_id, attempt + 1, batch_id, {outcome}, reason, language, template, template_version, at
FROM attempt WHERE {where} LIMIT 1
"""

BREAKAGES = [
    Breakage("messages-counted", "DELETE FROM message WHERE state = 'waiting-contact'"),
    Breakage("messages-counted", "DELETE FROM message WHERE purpose = 'lapsing'"),
    Breakage("messages-counted", f"DELETE FROM arrival WHERE arrival_id = {FIRST.format('arrival_id', 'arrival')}"),
    Breakage("messages-counted", "UPDATE arrival SET messages = messages + 1 WHERE purpose = 'covered'"),
    Breakage(
        "messages-counted",
        "INSERT INTO arrival SELECT gen_random_uuid(), purpose, messages, arrived_at FROM arrival LIMIT 1",
    ),
    Breakage(
        "messages-counted", DOUBLE_MESSAGE.format(recipient=NEW, period="period", id=NEW, state="waiting-contact")
    ),
    Breakage("messages-counted", f"UPDATE message SET purpose = 'rejected' WHERE {A_SENT}"),
    Breakage(
        "message-once", DOUBLE_MESSAGE.format(recipient=NEW, period=LATER, id="message_id", state="waiting-contact")
    ),
    Breakage(
        "message-once",
        f"UPDATE message SET period = {LATER}, "
        "message_id = (SELECT message_id FROM message WHERE purpose = 'lapsing' LIMIT 1) "
        "WHERE state = 'waiting-contact'",
    ),
    Breakage("message-attempts", f"DELETE FROM attempt WHERE {A_SENT}"),
    Breakage("message-attempts", ADD_ATTEMPT.format(outcome="'temporary'", where=A_SENT)),
    Breakage("message-attempts", f"UPDATE message SET attempts = attempts + 1 WHERE {A_SENT}"),
    Breakage("message-attempts", f"UPDATE attempt SET attempt = 2 WHERE {A_SENT}"),
    Breakage("message-attempts", f"UPDATE attempt SET attempt = 0 WHERE {A_SENT}"),
    Breakage("handed-over-once", ADD_ATTEMPT.format(outcome="'arrived'", where=A_SENT)),
    Breakage("handed-over-once", f"DELETE FROM attempt WHERE {A_SENT}"),
    Breakage("handed-over-once", f"UPDATE attempt SET outcome = 'unknown' WHERE {A_SENT}"),
    Breakage("handed-over-once", f"UPDATE attempt SET outcome = 'accepted' WHERE {A_SENT}"),
    Breakage("handed-over-once", f"UPDATE message SET state = 'queued' WHERE {A_SENT}"),
    Breakage("handed-over-once", f"UPDATE message SET state = 'sent' WHERE {A_SENT}"),
    Breakage("handed-over-once", "UPDATE message SET state = 'delivered' WHERE state = 'waiting-contact'"),
    Breakage("handed-over-once", "UPDATE message SET state = 'unknown' WHERE state = 'waiting-contact'"),
    Breakage("attempt-known", f"DELETE FROM message WHERE {A_SENT}"),
    Breakage("attempt-known", f"UPDATE message SET message_id = {NEW} WHERE {A_SENT}"),
    Breakage(
        "attempt-known", f"DELETE FROM delivery_batch WHERE batch_id = {FIRST.format('batch_id', 'delivery_batch')}"
    ),
    Breakage("attempt-known", f"UPDATE attempt SET batch_id = {NEW} WHERE {A_SENT}"),
    Breakage("batch-complete", "UPDATE delivery_batch SET handed_over = handed_over + 1"),
    Breakage("batch-complete", "UPDATE delivery_batch SET messages = 1"),
    Breakage("batch-complete", f"DELETE FROM attempt WHERE {A_SENT}"),
    Breakage(
        "batch-complete",
        "INSERT INTO delivery_batch (batch_id, channel, messages, handed_over, opened_at, closed_at) "
        "SELECT gen_random_uuid(), channel, messages, handed_over, opened_at, closed_at FROM delivery_batch LIMIT 1",
    ),
    Breakage(
        "batch-open",
        "UPDATE delivery_batch SET closed_at = NULL, handed_over = NULL, message_ids = '{}', periods = '{}' "
        f"WHERE batch_id = {FIRST.format('batch_id', 'delivery_batch')}",
    ),
    Breakage("waiting", "UPDATE message SET state = 'waiting-contact' WHERE purpose = 'lapsing'"),
    Breakage(
        "waiting",
        "INSERT INTO contact SELECT (SELECT recipient_id FROM message WHERE state = 'waiting-contact' LIMIT 1), "
        "recipient_kind, version, occurred_at, key_reference, algorithm, ciphertext, content_version, erased_at "
        "FROM contact LIMIT 1",
    ),
    Breakage("contact-sealed", "UPDATE contact SET ciphertext = 'Siti Aminah' WHERE ciphertext IS NOT NULL"),
    Breakage(
        "contact-sealed",
        'UPDATE contact SET ciphertext = repeat(\'{"email": "siti@example.id"}\', 9) WHERE ciphertext IS NOT NULL',
    ),
    Breakage("contact-sealed", "UPDATE contact SET erased_at = now() WHERE ciphertext IS NOT NULL"),
]


@pytest.fixture
async def busy(make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    """A town in which everything has happened: delivered, waiting, failed, erased."""
    async with open_town(await make_database(), tmp_path) as town:
        people = [worker() for _ in range(4)]
        await town.world.feed(*(town.contact(one) for one in people))
        await town.world.feed(*(enrolled(one) for one in people[:3]), *(paid(one) for one in people))
        await town.deliver()
        await town.world.feed(paid(worker()), lapsing(people[0]))
        town.world.clock.advance(timedelta(minutes=1))
        await town.world.feed(town.world.tombstone(WorkerContact, str(people[3])))
        await town.deliver()
        yield town


class _UndoError(Exception):
    """Ends a transaction so that nothing of it stays."""


async def test_every_check_can_fail(busy: Town, tmp_path: Path) -> None:
    await busy.assert_sound(tmp_path / "facts")
    checks = {check.name: check for check in VERIFICATION.checks}
    assert {breakage.check for breakage in BREAKAGES} == set(checks)
    for breakage in BREAKAGES:
        with pytest.raises(_UndoError):
            async with busy.world.database.transaction() as tx:
                tag = await tx.run(breakage.statement)
                assert not tag.endswith(" 0"), breakage
                broken = await checks[breakage.check].find(tx)
                assert 0 < len(broken) <= MAX_BROKEN, breakage
                assert all(one.row and one.sentence.endswith(".") for one in broken)
                raise _UndoError
    await busy.assert_sound(tmp_path / "facts")


REFUSED = [
    DOUBLE_MESSAGE.format(recipient="recipient_id", period="period", id=NEW, state="delivered"),
    DOUBLE_MESSAGE.format(recipient=NEW, period="period", id="message_id", state="delivered"),
    "UPDATE message SET state = 'failed' WHERE state = 'delivered'",
    "UPDATE message SET reason = 'x' WHERE state = 'delivered'",
    "UPDATE message SET state = 'lost'",
    "UPDATE message SET period = '2026-13'",
    "UPDATE message SET period = period || '-01'",
    "INSERT INTO attempt SELECT * FROM attempt",
    "UPDATE contact SET algorithm = NULL WHERE ciphertext IS NOT NULL",
    "UPDATE delivery_batch SET closed_at = NULL",
    """
    INSERT INTO delivery_batch (batch_id, channel, messages, message_ids, periods, opened_at)
    SELECT gen_random_uuid(), 'email', 1, '{}', '{}', now() FROM generate_series(1, 2)
    """,
]


async def test_the_database_itself_refuses(busy: Town) -> None:
    for statement in REFUSED:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await busy.world.break_by_hand(statement)


async def test_facts_show_what_is_missing_too_much_or_different(busy: Town, tmp_path: Path) -> None:
    folder = tmp_path / "facts"
    await busy.world.verify(folder)
    before = await busy.world.facts("notice.paid", "copy", folder)
    assert len(before) == 5
    await busy.world.break_by_hand("DELETE FROM message WHERE purpose = 'paid' AND state = 'waiting-contact'")
    await busy.world.break_by_hand("UPDATE message SET period = '2026-12' WHERE purpose = 'lapsing'")
    await busy.world.verify(folder)
    after = await busy.world.facts("notice.paid", "copy", folder)
    assert len(after) == 4
    assert set(after) < set(before)
    [lapsing_key] = await busy.world.facts("notice.lapsing", "copy", folder)
    assert lapsing_key.endswith("|2026-12")
    assert await busy.world.facts("notice.employer-late", "copy", folder) == {}
