"""Every event: its example, its frozen schema, the bodies recorded in the past, and what it must refuse."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.contracts import values
from shared.contracts.base import Event
from shared.contracts.catalogue import CATALOGUE, TopicSpec
from shared.contracts.events.contribution_due import ContributionDue
from shared.contracts.events.parked import REASONS, parked_by
from shared.contracts.events.worker_enrolled import WorkerEnrolled
from shared.contracts.evolution.gate import SCHEMA_FOLDER
from shared.contracts.schema import schema_file
from shared.contracts.validation import schema_faults
from shared.messaging.envelope import schema_uri
from shared.messaging.reasons import ParkCode

RECORDED = Path(__file__).parent / "recorded"
EVENTS = [pytest.param(spec, event, id=f"{spec.name}.v{event.VERSION}") for spec in CATALOGUE for event in spec.events]
RECORDINGS = [
    pytest.param(file, line, body, id=f"{file.stem}:{line}")
    for file in sorted(RECORDED.glob("*.jsonl"))
    for line, body in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
]


def frozen(topic: str, version: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(schema_file(SCHEMA_FOLDER, topic, version).read_text(encoding="utf-8"))
    return found


def body_of(event: type[Event], **changes: Any) -> str:
    return json.dumps({**json.loads(event.example().to_json_bytes()), **changes})


@pytest.mark.parametrize(("spec", "event"), EVENTS)
def test_example_is_what_readers_expect(spec: TopicSpec, event: type[Event]) -> None:
    example = event.example()
    body = example.to_json_bytes()
    schema = frozen(spec.name, event.VERSION)
    assert schema_faults(schema, json.loads(body)) == []
    assert event.from_json_bytes(body) == example
    assert example.key == str(json.loads(body)[event.KEY_FIELD])
    assert schema["$id"] == schema_uri(spec.name, event.VERSION), "records name the schema that they follow"


@pytest.mark.parametrize(("spec", "event"), EVENTS)
def test_every_version_has_recorded_bodies(spec: TopicSpec, event: type[Event]) -> None:
    file = RECORDED / f"{spec.name}.v{event.VERSION}.jsonl"
    assert file.exists(), f"Write {file.name}: a few bodies as they travel, one a line, the example first."
    assert len(file.read_text(encoding="utf-8").splitlines()) >= 2


@pytest.mark.parametrize(("file", "line", "body"), RECORDINGS)
def test_bodies_of_the_past_are_still_read(file: Path, line: int, body: str) -> None:
    topic, _, version = file.stem.rpartition(".v")
    event = CATALOGUE.topic(topic).event_of_version(int(version))
    assert event is not None, f"{file.name} was published; keep its class under older_events."
    assert schema_faults(frozen(topic, int(version)), json.loads(body)) == []
    recorded = json.loads(body)
    read = json.loads(event.from_json_bytes(body).to_json_bytes())
    assert {name: read.get(name) for name in recorded if name in read} == {
        name: value for name, value in recorded.items() if name in read
    }


@pytest.mark.parametrize(("spec", "event"), EVENTS)
def test_file_is_named_after_the_topic(spec: TopicSpec, event: type[Event]) -> None:
    name = "parked" if spec.name.endswith(".parked") else spec.name.replace(".", "_").replace("-", "_")
    assert event.__module__ == f"shared.contracts.events.{name}"


def test_readers_ignore_unknown_fields_and_tolerate_unknown_codes() -> None:
    read = WorkerEnrolled.from_json_bytes(body_of(WorkerEnrolled, participant_kind="not-known-yet", extra=1))
    assert read.participant_kind == "not-known-yet"
    assert not hasattr(read, "extra")


def test_an_event_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        WorkerEnrolled.example().region_code = "6471"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount_rupiah", 16800.0),
        ("amount_rupiah", "16800"),
        ("amount_rupiah", -1),
        ("amount_rupiah", 2**53),
        ("amounts_rupiah", {}),
        ("amounts_rupiah", {"jkk": 16800}),
        ("amounts_rupiah", {f"A{chr(65 + n)}": 0 for n in range(13)}),
        ("worker_count", True),
        ("worker_count", -1),
        ("aggregate_version", 0),
        ("aggregate_version", 2**53),
        ("payer_kind", "sponsor"),
        ("region_code", "64"),
        ("region_code", "6402\n"),
        ("month", "2026-13"),
        ("month", "1999-12"),
        ("month", 202611),
        ("due_on", "2026-11-31"),
        ("due_on", "9999-12-31"),
        ("due_on", "1794787200"),
        ("due_on", "2026-11-16T00:00:00"),
        ("tariff", "Bpu 2015"),
        ("subject_id", "not-a-uuid"),
    ],
)
def test_wrong_values_are_refused_by_class_and_schema(field: str, value: object) -> None:
    body = body_of(ContributionDue, **{field: value})
    with pytest.raises(ValidationError):
        ContributionDue.from_json_bytes(body)
    # JSON Schema takes 16800.0 for an integer, and Python's $ takes a final newline.
    if value not in (16800.0, "6402\n"):
        assert schema_faults(frozen("contribution.due", 1), json.loads(body)) != []


def test_total_must_be_the_sum_of_the_programmes() -> None:
    with pytest.raises(ValidationError, match="sum"):
        ContributionDue.from_json_bytes(body_of(ContributionDue, amount_rupiah=16801))


@pytest.mark.parametrize("event", [e for spec in CATALOGUE for e in spec.events if "amounts_rupiah" in e.model_fields])
def test_every_split_amount_is_checked(event: type[Event]) -> None:
    total = json.loads(event.example().to_json_bytes())["amount_rupiah"]
    with pytest.raises(ValidationError, match="sum"):
        event.from_json_bytes(body_of(event, amount_rupiah=total + 1))


def test_contribution_names_whose_it_is() -> None:
    informal = ContributionDue.example()
    assert informal.worker_id == informal.subject_id
    assert informal.employer_id is None
    employer = ContributionDue.from_json_bytes(body_of(ContributionDue, payer_kind="employer"))
    assert employer.worker_id is None
    assert employer.employer_id == employer.subject_id
    assert employer.key == str(employer.subject_id)


@pytest.mark.parametrize(
    "text",
    ["", "x" * 201, "a\x00b", "a\nb", "a\x1bb", "a\x7fb", "a\u0085b", "a\u2028b", "abc\u202egpj", "\ufeffa"],
)
def test_texts_are_clean_and_bounded(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(values.CleanText).validate_python(text)


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(values.CleanText).validate_json(r'"a\ud800"')


@pytest.mark.parametrize("text", ["Disnakertrans", "560/K.412/2026", "Rp 16.800 – Nelayan É 渔"])
def test_ordinary_texts_pass(text: str) -> None:
    assert TypeAdapter(values.CleanText).validate_python(text) == text


@pytest.mark.parametrize(
    "text",
    ["2026-11-13T02:15:04", "2026-11-13T10:15:04+08:00", "1794536104", "2126-11-13T02:15:04Z", "2026-11-13"],
)
def test_moments_are_utc(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(values.UtcMoment).validate_json(json.dumps(text))


@pytest.mark.parametrize("text", ["2026-11-13T02:15:04Z", "2026-11-13T02:15:04.123456+00:00"])
def test_utc_moments_pass(text: str) -> None:
    read = TypeAdapter(values.UtcMoment).validate_json(json.dumps(text))
    assert read.utcoffset() == timedelta(0)


def test_moments_made_in_python_must_be_utc() -> None:
    adapter = TypeAdapter(values.UtcMoment)
    assert adapter.validate_python(datetime(2026, 11, 13, tzinfo=UTC))
    for wrong in (datetime(2026, 11, 13), datetime(2026, 11, 13, tzinfo=timezone(timedelta(hours=8)))):  # noqa: DTZ001
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)


def test_lists_name_each_value_once() -> None:
    with pytest.raises(ValidationError, match="once"):
        TypeAdapter(values.Codes).validate_json('["a","a"]')
    with pytest.raises(ValidationError, match="once"):
        WorkerEnrolled.from_json_bytes(body_of(WorkerEnrolled, programmes=["JKK", "JKK"]))
    with pytest.raises(ValidationError, match="oldest first"):
        TypeAdapter(values.Months).validate_json('["2026-11","2026-10"]')


def test_parked_knows_every_reason_of_the_messaging_kit() -> None:
    assert set(REASONS) == {str(code) for code in ParkCode}


def test_parked_events_are_one_schema_on_a_topic_per_service() -> None:
    assert parked_by("subsidy") is parked_by("subsidy")
    assert parked_by("subsidy").TOPIC == "subsidy.parked"
    assert parked_by("a").model_fields.keys() == parked_by("b").model_fields.keys()
    assert not {"key", "body", "headers"} & set(parked_by("a").model_fields), "a parked event shows no content"
    assert isinstance(parked_by("subsidy").example().event_id, UUID)
