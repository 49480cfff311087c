"""Copies of an event are what the event itself would be with other identifiers, for every event of the catalogue."""

from __future__ import annotations

import ast
import inspect
import textwrap
import uuid
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.base import Event
from shared.contracts.catalogue import CATALOGUE
from shared.messaging.columnar.event_template import EventTemplate
from shared.messaging.outbox import Outbox
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.kit import READER, CounterMoved

EVENTS = sorted({event for spec in CATALOGUE for event in spec.events}, key=lambda event: event.__name__)


def _identifiers(event: Event) -> list[str]:
    return [name for name in type(event).model_fields if isinstance(getattr(event, name), UUID)]


@pytest.mark.parametrize("event_type", EVENTS, ids=lambda event: event.__name__)
def test_a_copy_is_the_event_with_other_identifiers(event_type: type[Event]) -> None:
    exemplar = event_type.example()
    fields = _identifiers(exemplar)
    if exemplar.KEY_FIELD not in fields:
        pytest.skip("its key is no identifier; it has no copies")
    for order in (fields, fields[::-1]):
        template = EventTemplate(exemplar, order)
        row = tuple(uuid.uuid4() for _ in order)
        expected = exemplar.model_copy(update=dict(zip(order, row, strict=True)))
        assert template.body(row) == expected.to_json_bytes()
        assert template.key(row) == expected.key
        assert template.check(row) == len(template.body(row))


@pytest.mark.parametrize("event_type", EVENTS, ids=lambda event: event.__name__)
def test_no_check_of_an_event_reads_an_identifier(event_type: type[Event]) -> None:
    """What `EventTemplate` and the shapes of `Intake` stand on."""
    identifiers = {name for name, field in event_type.model_fields.items() if "UUID" in repr(field.annotation)}
    decorators = event_type.__pydantic_decorators__
    for validator in (*decorators.model_validators.values(), *decorators.field_validators.values()):
        function: Any = validator
        nodes = list(ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function.func)))))
        read = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        read |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        assert not read & identifiers
    for name in identifiers:  # nor may a single identifier be constrained
        assert not [each for each in event_type.model_fields[name].metadata if hasattr(each, "func")]


def test_a_field_that_is_no_identifier_or_the_key_left_out_is_refused() -> None:
    moved = CounterMoved(aggregate_version=1, counter_id=uuid.uuid4(), amount=1)
    with pytest.raises(ValueError, match="amount is no identifier"):
        EventTemplate(moved, ["counter_id", "amount"])
    with pytest.raises(ValueError, match="Name the key"):
        EventTemplate(moved, [])
    with pytest.raises(ValueError, match="exactly once"):
        EventTemplate(moved, ["counter_id", "counter_id"])


def test_a_percent_sign_in_a_text_stays() -> None:
    class Spoken(CounterMoved):
        text: str

    row = (uuid.uuid4(),)
    spoken = Spoken(aggregate_version=1, counter_id=row[0], amount=1, text="100 %s %(counter_id)s %%")
    assert EventTemplate(spoken, ["counter_id"]).body(row) == spoken.to_json_bytes()


async def test_copies_wait_in_the_outbox_like_events(pair: Pair) -> None:
    outbox = pair.world.writer(pair.writer_database)
    counters = pair.counters[:3]
    exemplar = pair.world.moved(aggregate_version=1, counter_id=counters[0], amount=7)
    async with outbox.unit_of_work() as work:
        work.emit_copies(exemplar, ["counter_id"], [(counter,) for counter in counters])
        work.emit_copies(exemplar, ["counter_id"], [])
    async with outbox.unit_of_work() as work:
        for counter in counters:
            work.emit(pair.world.moved(aggregate_version=1, counter_id=counter, amount=7))
    async with pair.writer_database.transaction() as tx:
        rows = await tx.fetch("SELECT key, topic, schema_version, body, event_id FROM outbox ORDER BY position")
    assert [tuple(row)[:4] for row in rows[:3]] == [tuple(row)[:4] for row in rows[3:]]
    assert len({row["event_id"] for row in rows}) == 6


async def test_copies_are_refused_where_the_event_is(pair: Pair) -> None:
    outbox = Outbox(pair.writer_database, READER, pair.world.catalogue)
    with pytest.raises(ValueError, match="may not write"):
        async with outbox.unit_of_work() as work:
            moved = pair.world.moved(aggregate_version=1, counter_id=pair.counters[0], amount=1)
            work.emit_copies(moved, ["counter_id"], [(pair.counters[0],)])
