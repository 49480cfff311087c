"""The month's path is set-based: what it costs is asserted in statements and, generously, in seconds.

The bounds in seconds are wide, for busy machines; they and the count of statements catch a loop over rows.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from shared.database import Transaction
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.processor import BatchProcessor
from tests.notification.conftest import Town, paid, worker

WORKERS = 2_000


class Statements:
    """Counts what goes to the database; everything still goes there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        for name in ("fetch", "fetch_value", "run", "copy_rows"):
            monkeypatch.setattr(Transaction, name, self._counted(getattr(Transaction, name)))

    def _counted(self, method: Any) -> Any:
        async def counted(*arguments: Any, **named: Any) -> Any:
            self.count += 1
            return await method(*arguments, **named)

        return counted


async def test_a_batch_of_events_and_its_delivery(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [worker() for _ in range(WORKERS)]
    one = paid(people[0])
    contacts = [town.world.record(town.contact(person)) for person in people]
    payments = [town.world.record(one.model_copy(update={"subject_id": person})) for person in people]
    service = town.world.service
    intake = Intake(service.catalogue, town.world.clock)
    processor = BatchProcessor(town.world.outbox, intake, service.handlers_for(town.world.context))
    statements = Statements(monkeypatch)
    for records, limit in ((contacts, 12), (payments, 10)):
        statements.count = 0
        outcome = await processor.process(records)
        assert outcome.applied == WORKERS
        assert statements.count <= limit
    begun = time.perf_counter()
    statements.count = 0
    await town.deliver()
    seconds = time.perf_counter() - begun
    assert await town.states() == {"delivered": WORKERS}
    assert statements.count <= 30
    assert seconds < 10
    await town.assert_sound(tmp_path / "facts")
