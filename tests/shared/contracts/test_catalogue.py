"""The list of topics: what it answers, and the mistakes that it refuses to be made with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, create_model

from shared.contracts.base import Event
from shared.contracts.catalogue import CATALOGUE, RUNNING_SERVICES, SERVICES, Catalogue, CatalogueError, parked_topic
from shared.contracts.privacy_check import DENIED_WORDS, personal_fields
from shared.contracts.values import CleanText, about
from shared.messaging.retention import RetentionSettings, check_inbox_age
from tests.shared.contracts.samples import BoatMoored, boat, boat_spec, boats

# A star: planned, nobody writes it yet.
DESIGN = """
enrolment: worker.registered worker.verified worker.rejected worker.enrolled worker.changed* worker.lapsing
worker.lapsed worker.exited* worker.contact
subsidy: funding.opened funding.changed funding.running-out subsidy.granted subsidy.ended* contribution.due
contribution.paid contribution.unfunded contribution.credited* disbursement.submitted disbursement.approved
disbursement.instructed disbursement.settled
compliance: employer.registered employer.changed employer.reported employer.late employer.settled
employer.breach-suspected* employer.warned* employer.fined* employer.referred* employer.sanction-requested*
employer.sanction-lifted* employer.contact contribution.due contribution.paid worker.employed*
notification: notification.sent notification.delivered notification.failed
console:
"""


def test_every_topic_of_the_design_is_there_and_no_other() -> None:
    for paragraph in re.split(r"\n(?=\w+:)", DESIGN.strip()):
        service, _, names = paragraph.partition(":")
        topics = {spec.name for spec in CATALOGUE if service in spec.owners}
        assert topics == {*names.replace("*", "").split(), f"{service}.parked"}
        written = {name for name in names.split() if not name.endswith("*")}
        assert {spec.name for spec in CATALOGUE.owned_by(service)} - {f"{service}.parked"} == written
    assert CATALOGUE.services == SERVICES


def test_what_is_planned_gives_no_right() -> None:
    planned = Catalogue([boat_spec(planned=True)])
    assert planned.existing == planned.owned_by("harbour") == planned.read_by("customs") == ()
    assert len(planned) == 1
    assert "only planned" in (planned.topic("boat.moored").why_not_written_by("harbour") or "")
    later = boats(readers=(), planned_readers=("customs",))
    assert later.read_by("customs") == ()
    assert later.topic("boat.moored").why_not_written_by("harbour") is None
    assert "may not write" in (later.topic("boat.moored").why_not_written_by("customs") or "")


def test_contributions_are_shared_by_two_owners() -> None:
    for name in ("contribution.due", "contribution.paid"):
        assert CATALOGUE.topic(name).owners == ("subsidy", "compliance")


def test_only_contacts_are_restricted() -> None:
    restricted = [spec.name for spec in CATALOGUE if spec.data_class == "restricted"]
    assert restricted == ["worker.contact", "employer.contact"]


@pytest.mark.parametrize(("name", "owner"), [("worker.contact", "enrolment"), ("employer.contact", "compliance")])
def test_contacts_are_sealed_compacted_and_for_notification_only(name: str, owner: str) -> None:
    contact = CATALOGUE.topic(name)
    assert contact.compacted
    assert contact.tombstones
    assert contact.retention_days is None
    assert contact.owners == (owner,)
    assert contact.readers == ("notification",)
    assert set(contact.event.model_fields) == {
        "aggregate_version", contact.event.KEY_FIELD, "key_reference", "algorithm", "ciphertext", "content_version"
    }  # fmt: skip


def test_kafka_forgets_before_the_inboxes_do() -> None:
    check_inbox_age(RetentionSettings(), CATALOGUE)


def test_somebody_reads_each_topic_or_shall() -> None:
    for spec in CATALOGUE:
        assert spec.readers or spec.planned_readers, f"{spec.name} is read by nobody"


def test_a_small_catalogue_of_ones_own() -> None:
    own = Catalogue([boat_spec(), parked_topic("harbour"), parked_topic("customs")], services=("harbour", "customs"))
    assert [spec.name for spec in own.owned_by("harbour")] == ["boat.moored", "harbour.parked"]
    assert [spec.name for spec in own.read_by("customs")] == ["boat.moored"]
    assert "boat.moored" in own
    assert len(own) == 3
    assert own.topic("boat.moored").key_meaning == "The boat."


def test_an_unknown_topic_is_named() -> None:
    with pytest.raises(KeyError, match=r"no topic boat\.sunk"):
        boats().topic("boat.sunk")


def test_versions_are_found() -> None:
    second = boat(2)
    spec = boat_spec(second, older_events=(BoatMoored,))
    assert spec.event_of_version(1) is BoatMoored
    assert spec.event_of_version(2) is second
    assert spec.event_of_version(3) is None


def other_topic(name: str) -> type[Event]:
    return type("Other", (BoatMoored,), {"TOPIC": name, "__module__": __name__})


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"name": "Boat.Moored", "event": other_topic("Boat.Moored")}, "no topic name"),
        ({"name": "boatmoored", "event": other_topic("boatmoored")}, "no topic name"),
        ({"name": "boat.moored.twice", "event": other_topic("boat.moored.twice")}, "no topic name"),
        ({"name": "b." + "x" * 99, "event": other_topic("b." + "x" * 99)}, "no topic name"),
        ({"meaning": " "}, "has no meaning"),
        ({"owners": ()}, "has no owner"),
        ({"planned_readers": ("customs",)}, "names customs as a reader and as a planned one"),
        ({"partitions": 0}, "at least one partition"),
        ({"compacted": True}, "either compacted or has retention_days"),
        ({"retention_days": None}, "either compacted or has retention_days"),
        ({"retention_days": 0}, "less than a day"),
        ({"tombstones": True}, "deletion marks"),
        ({"older_events": (boat(2),)}, "newest first"),
        ({"older_events": (boat(1),)}, "newest first"),
        ({"name": "boat.moored", "event": other_topic("boat.sunk")}, "TOPIC is another"),
        ({"event": type("Keyless", (BoatMoored,), {"KEY_FIELD": "ship_id", "__module__": __name__})}, "KEY_FIELD"),
    ],
)
def test_a_topic_with_a_mistake_is_refused(facts: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CatalogueError, match=re.escape(sentence)):
        boats(**facts)


def test_a_list_with_a_mistake_is_refused_and_all_mistakes_are_told() -> None:
    specs = [boat_spec(), boat_spec(partitions=0), parked_topic("harbour")]
    with pytest.raises(CatalogueError) as caught:
        Catalogue(specs, services=("harbour", "ferry"))
    told = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 4
    for sentence in ("listed twice", "customs owns or reads", "ferry has no topic ferry.parked", "one partition"):
        assert sentence in told


@pytest.mark.parametrize(
    "field",
    [
        "nik",
        "worker_nik",
        "full_name",
        "nama",
        "phone_number",
        "no_hp",
        "alamat",
        "birth_date",
        "tanggalLahir",
        "gender",
        "heir_count",
        "bank_rekening",
        "e_mail",
        "kk",
    ],
)
def test_fields_that_sound_personal_are_refused_on_every_topic(field: str) -> None:
    fields: dict[str, Any] = {field: (Annotated[CleanText, about("Something.")], ...)}
    event = boat(**fields)
    for data_class in ("public", "internal", "restricted"):
        with pytest.raises(CatalogueError, match="sounds like personal data"):
            boats(event, data_class=data_class)


def test_personal_fields_are_found_deep_inside_and_behind_an_alias() -> None:
    from pydantic import Field

    inner = create_model("Inner", telepon=(str, ...))
    middle = create_model("Middle", crew=(tuple[inner, ...] | None, None))
    outer: type[BaseModel] = create_model(
        "Outer",
        log=(dict[str, middle], ...),
        code=(str, Field(alias="namaLengkap")),
    )
    assert set(personal_fields(outer)) == {("log.crew.telepon", "telepon"), ("code", "nama")}


def test_no_real_event_needs_a_denied_word() -> None:
    for spec in CATALOGUE:
        assert not list(personal_fields(spec.event)), spec.name
    assert len(DENIED_WORDS) > 80


def test_the_services_that_run_are_those_that_have_a_program() -> None:
    programs = {path.parent.name for path in (Path(__file__).parents[3] / "services").glob("*/__main__.py")}
    assert set(RUNNING_SERVICES) == programs
