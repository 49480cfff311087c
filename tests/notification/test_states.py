"""The words of the program are those of the database and of the event's contract."""

from __future__ import annotations

import re
from pathlib import Path

import services.notification.store
from services.notification.app import SERVICE
from services.notification.rules.states import FailureReason, MessageState, OutcomeKind, Purpose, RecipientKind
from shared.contracts.events.notification_failed import NotificationFailed
from shared.contracts.events.notification_sent import NotificationSent
from shared.database import Database
from tests.conftest import MakeMigrated

_CHECK = """
SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint
WHERE contype = 'c' AND conrelid = $1::text::regclass AND pg_get_constraintdef(oid) LIKE '%ANY%'
    AND conkey = ARRAY[(SELECT attnum FROM pg_attribute WHERE attrelid = $1::text::regclass AND attname = $2)]
"""
# column = 'word', column IN ('word', 'word'), and the words that a statement sets.
_COMPARED = re.compile(r"\b(state|outcome)\b(?: \|\| '')? (?:=|<>|IN) (\('[^)]+'\)|'[^']+')")


async def words_of(database: Database, table: str, column: str) -> set[str]:
    """What a CHECK lets a column hold."""
    async with database.transaction() as tx:
        [row] = await tx.fetch(_CHECK, table, column)
    return set(re.findall(r"'([^']+)'", row["definition"]))


async def test_the_states_are_those_of_the_database(migrated_database: MakeMigrated) -> None:
    database = Database(await migrated_database(SERVICE.migrations))
    try:
        assert await words_of(database, "message", "state") == set(MessageState)
        assert await words_of(database, "message", "recipient_kind") == set(RecipientKind)
        assert await words_of(database, "contact", "recipient_kind") == set(RecipientKind)
        assert await words_of(database, "attempt", "outcome") == set(OutcomeKind) - {OutcomeKind.NOT_TRIED}
    finally:
        await database.close()


def test_the_statements_spell_states_as_the_program_does() -> None:
    spelt: dict[str, set[str]] = {"state": set(), "outcome": set()}
    for file in Path(services.notification.store.__file__).parent.glob("*.py"):
        for column, words in _COMPARED.findall(file.read_text(encoding="utf-8")):
            spelt[column].update(re.findall(r"'([^']+)'", words))
    assert {MessageState.QUEUED, MessageState.WAITING_CONTACT, MessageState.SENT} <= spelt["state"] <= set(MessageState)
    assert {OutcomeKind.ARRIVED} <= spelt["outcome"] <= set(OutcomeKind)


def test_the_words_of_events_are_in_their_contracts() -> None:
    sent = NotificationSent.model_json_schema()["properties"]
    failed = NotificationFailed.model_json_schema()["properties"]
    assert set(Purpose) <= set(sent["purpose"]["x-known-values"])
    assert set(RecipientKind) <= set(sent["recipient_kind"]["x-known-values"])
    # Readers take any code; the contract does not name this one.
    assert set(FailureReason) - {FailureReason.CONTACT_UNREADABLE} <= set(failed["reason"]["x-known-values"])
