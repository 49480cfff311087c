"""What the contracts declare and what the services do is the same: readers, handlers, events and their codes."""

from __future__ import annotations

import importlib

import pytest

from shared.contracts.catalogue import CATALOGUE, RUNNING_SERVICES
from shared.contracts.events.parked import REASONS
from shared.contracts.events.worker_verified import WorkerVerified
from shared.contracts.planned_values import PLANNED_VALUES, planned_values
from shared.contracts.spec import TopicSpec
from shared.service.composition import topics_read
from shared.service.declaration import AnyService
from tests.shared.contracts.declared_values import declared_values, not_promised
from tests.shared.contracts.made_values import made_values, park_codes_in_use, table

WRITTEN = [spec for spec in CATALOGUE.existing if not spec.name.endswith(".parked")]
CODES = [(spec, field) for spec in WRITTEN for field in declared_values(spec.event)]


def service(name: str) -> AnyService:
    found: AnyService = importlib.import_module(f"services.{name}.app").SERVICE
    return found


def handled(name: str) -> set[str]:
    handlers = service(name).handlers
    assert not callable(handlers)
    return {event_type.TOPIC for event_type in handlers}


@pytest.mark.parametrize("name", RUNNING_SERVICES)
def test_a_declared_reader_has_a_handler_and_a_handler_is_declared(name: str) -> None:
    assert handled(name) == {spec.name for spec in CATALOGUE if name in spec.readers}


def test_only_services_that_run_write_or_read_now() -> None:
    for spec in CATALOGUE.existing:
        assert set(spec.owners) | set(spec.readers) <= set(RUNNING_SERVICES), spec.name
    assert not [spec.name for spec in CATALOGUE if set(spec.readers) - set(RUNNING_SERVICES)]


@pytest.mark.parametrize("name", RUNNING_SERVICES)
def test_a_service_subscribes_to_what_is_there(name: str) -> None:
    handlers = service(name).handlers
    assert not callable(handlers)
    topics = topics_read(CATALOGUE, handlers)
    assert topics == sorted(spec.name for spec in CATALOGUE.read_by(name))
    assert set(topics) == {topic for topic in handled(name) if not CATALOGUE.topic(topic).planned}


def test_some_handlers_wait_for_topics_that_are_planned() -> None:
    ready = {topic for name in RUNNING_SERVICES for topic in handled(name) if CATALOGUE.topic(topic).planned}
    assert ready == {"worker.changed", "worker.exited", "worker.employed", "subsidy.ended", "contribution.credited"}


@pytest.mark.parametrize("name", CATALOGUE.services)
def test_who_reads_anything_may_park_and_nobody_else(name: str) -> None:
    assert CATALOGUE.topic(f"{name}.parked").planned == (not CATALOGUE.read_by(name))


@pytest.mark.parametrize(("spec", "field"), CODES, ids=[f"{spec.name}-{field}" for spec, field in CODES])
def test_what_can_be_sent_is_what_is_declared_and_not_planned(spec: TopicSpec, field: str) -> None:
    """Undeclared: declare it. Declared and never sent: add it to planned_values. Planned and sent: take it out."""
    made, _ = made_values(spec, field)
    assert made == declared_values(spec.event)[field] - planned_values(spec.name, field).keys()


def test_every_planned_value_is_declared_on_a_topic_that_is_there() -> None:
    for (topic, field), values in PLANNED_VALUES.items():
        spec = CATALOGUE.topic(topic)
        assert not spec.planned, f"{topic} is planned as a whole"
        assert values.keys() < declared_values(spec.event)[field], f"{topic} {field}"
        assert all(values.values()), "each has a reason"


def test_the_table_of_where_values_come_from_has_no_left_overs() -> None:
    needed = {entry for spec, field in CODES for entry in made_values(spec, field)[1]}
    assert table() == needed


def test_every_reason_to_park_is_in_use_and_declared() -> None:
    assert park_codes_in_use() == REASONS.keys()


def test_an_event_with_a_value_that_nobody_promised_is_noticed() -> None:
    event = WorkerVerified.example()
    for field, value, word in (("participant_kind", "fisher", "unknown"), ("participant_kind", "dprd", "only planned")):
        (sentence,) = not_promised(event.model_copy(update={field: value, "decision_kind": "automatic"}))
        assert word in sentence
    assert list(not_promised(event.model_copy(update={"decision_kind": "automatic"}))) == []
