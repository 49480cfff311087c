"""Freezing and checking whole catalogues: what is written, what is refused, and that nothing is written then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field

from shared.contracts.base import Event
from shared.contracts.catalogue import CATALOGUE, Catalogue
from shared.contracts.evolution.change_rules import GROUPS
from shared.contracts.evolution.gate import ChangeRefusedError, check, check_shape, freeze
from shared.contracts.values import Code, Count, about
from tests.shared.contracts.samples import BOAT, BoatMoored, boat, boat_spec, boats

# Some changed classes keep an example that does not fit them any more; that is a finding, not a warning.
pytestmark = pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")


def ids(catalogue: Catalogue, folder: Path, refused: bool = True) -> set[str]:
    return {finding.rule.rule_id for finding in check(catalogue, folder) if finding.refused == refused}


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    """A folder in which version 1 of the boats is frozen."""
    freeze(boats(), tmp_path)
    return tmp_path


def test_payungs_own_contracts_are_as_frozen() -> None:
    assert [str(finding) for finding in check(CATALOGUE) if finding.refused] == []


def test_first_freeze_writes_and_the_second_does_nothing(tmp_path: Path) -> None:
    assert ids(boats(), tmp_path) == {"not-frozen"}
    assert {file.name for file in freeze(boats(), tmp_path)} == {"boat.moored.v1.json", "topics.json"}
    assert check(boats(), tmp_path) == []
    assert freeze(boats(), tmp_path) == []
    schema = json.loads((tmp_path / "boat.moored.v1.json").read_text())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "urn:payung:event:boat.moored:1"
    assert schema["x-key-field"] == "boat_id"
    assert schema["examples"] == [json.loads(BoatMoored.example().to_json_bytes())]


ALLOWED: list[tuple[str, dict[str, Any]]] = [
    ("optional-field-added", {"flag": (Annotated[bool, about("Whether it flies a flag.")], False)}),
    ("optional-field-added", {"master_id": (Annotated[UUID | None, about("Who steers it.")], None)}),
    ("text-changed", {"quay": (Annotated[Count, about("The quay's number.", unit="number")], ...)}),
    (
        "known-value-added",
        {
            "cargo": (
                Annotated[Code, about("What it carries.", known={"rice": "rice", "fish": "fish", "oil": "o"})],
                "rice",
            )
        },
    ),
]

REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("required-field-added", {"flag": (Annotated[bool, about("Flag.")], ...)}),
    ("field-removed", {"cargo": None}),
    ("field-renamed", {"quay": None, "berth": (Annotated[Count, about("Number of the quay.", unit="number")], ...)}),
    ("became-optional", {"quay": (Annotated[Count, about("Quay.", unit="number")], 0)}),
    ("became-required", {"colour": (Annotated[Literal["red", "green"], about("Colour.")], ...)}),
    ("default-changed", {"colour": (Annotated[Literal["red", "green"], about("Colour.")], "green")}),
    ("type-changed", {"quay": (Annotated[str, Field(max_length=9), about("Quay.", unit="number")], ...)}),
    ("null-added", {"quay": (Annotated[Count | None, about("Quay.", unit="number")], ...)}),
    ("bound-tightened", {"quay": (Annotated[int, Field(ge=0, le=9), about("Quay.", unit="number")], ...)}),
    ("bound-loosened", {"quay": (Annotated[int, Field(ge=-9, le=100_000_000), about("Quay.", unit="number")], ...)}),
    ("type-widened", {"quay": (Annotated[float, Field(ge=0, le=100_000_000), about("Quay.", unit="number")], ...)}),
    ("closed-value-added", {"colour": (Annotated[Literal["red", "green", "white"], about("Colour.")], "red")}),
    ("closed-value-removed", {"colour": (Annotated[Literal["red"], about("Colour.")], "red")}),
    ("values-closed", {"cargo": (Annotated[Literal["rice", "fish"], about("Cargo.")], "rice")}),
    ("values-opened", {"colour": (Annotated[Code, about("Colour.")], "red")}),
    ("format-changed", {"boat_id": (Annotated[str, Field(max_length=36), about("The boat.")], ...)}),
    ("pattern-changed", {"cargo": (Annotated[str, Field(max_length=60, pattern="^[a-z]+$"), about("Cargo.")], "rice")}),
    ("unit-changed", {"quay": (Annotated[Count, about("Quay.", unit="dozen")], ...)}),
    ("known-value-removed", {"cargo": (Annotated[Code, about("Cargo.", known={"rice": "rice"})], "rice")}),
]


@pytest.mark.parametrize(("rule_id", "fields"), ALLOWED)
def test_an_allowed_change_of_a_class_is_frozen(frozen: Path, rule_id: str, fields: dict[str, Any]) -> None:
    changed = boats(boat(**fields))
    assert rule_id in ids(changed, frozen, refused=False)
    assert ids(changed, frozen) == {"stale"}
    freeze(changed, frozen)
    assert check(changed, frozen) == []


@pytest.mark.parametrize(("rule_id", "fields"), REFUSED)
def test_a_refused_change_of_a_class_is_not_frozen(frozen: Path, rule_id: str, fields: dict[str, Any]) -> None:
    before = {file.name: file.read_bytes() for file in frozen.iterdir()}
    changed = boats(boat(**fields))
    assert rule_id in ids(changed, frozen)
    with pytest.raises(ChangeRefusedError) as caught:
        freeze(changed, frozen)
    assert rule_id in {finding.rule.rule_id for finding in caught.value.findings}
    assert "Do: " in str(caught.value)
    assert {file.name: file.read_bytes() for file in frozen.iterdir()} == before


def test_one_refused_change_holds_up_all_others(frozen: Path) -> None:
    other = type("Sunk", (BoatMoored,), {"TOPIC": "boat.sunk", "__module__": __name__})
    both = Catalogue([boat_spec(boat(quay=None)), boat_spec(other)])
    with pytest.raises(ChangeRefusedError):
        freeze(both, frozen)
    assert not (frozen / "boat.sunk.v1.json").exists()


def test_allowed_changes_add_up_and_none_may_be_taken_back(frozen: Path) -> None:
    flagged = boats(boat(flag=(Annotated[bool, about("Flag.")], False)))
    freeze(flagged, frozen)
    assert ids(boats(), frozen) == {"field-removed"}


def test_a_new_version_beside_the_old_one(frozen: Path) -> None:
    second = boat(2, quay=(Annotated[Code, about("Name of the quay.")], ...))
    moved = boats(second, older_events=(BoatMoored,))
    assert "version-added" in ids(moved, frozen, refused=False)
    assert ids(moved, frozen) - {"example-invalid"} == {"not-frozen"}
    only_new = boats(second)
    assert "version-removed" in ids(only_new, frozen)


FACTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("partitions-decreased", {}, {"partitions": 3}),
    ("partitions-increased", {}, {"partitions": 5}),
    ("data-class-opened", {"data_class": "internal"}, {"data_class": "public"}),
    ("data-class-opened", {"data_class": "restricted"}, {"data_class": "internal"}),
    ("data-class-closed", {}, {"data_class": "internal"}),
    ("compaction-changed", {}, {"compacted": True, "retention_days": None}),
    ("compaction-changed", {"compacted": True, "retention_days": None}, {}),
    ("tombstones-changed", {"compacted": True, "retention_days": None},
     {"compacted": True, "retention_days": None, "tombstones": True}),
    ("retention-shortened", {}, {"retention_days": 29}),
    ("retention-lengthened", {}, {"retention_days": 31}),
    ("topic-begun", {"planned": True}, {}),
    ("topic-withdrawn", {}, {"planned": True}),
    ("owner-added", {}, {"owners": ("harbour", "ferry")}),
    ("owner-removed", {"owners": ("harbour", "ferry")}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "before", "after"), FACTS)
def test_changes_of_a_topic(tmp_path: Path, rule_id: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    freeze(boats(**before), tmp_path)
    (finding,) = [found for found in check(boats(**after), tmp_path) if found.rule.rule_id == rule_id]
    assert " was " in finding.happened
    if finding.refused:
        with pytest.raises(ChangeRefusedError, match=rule_id):
            freeze(boats(**after), tmp_path)
    else:
        freeze(boats(**after), tmp_path)
        assert check(boats(**after), tmp_path) == []


def test_another_key_is_refused(frozen: Path) -> None:
    event = boat()
    event.KEY_FIELD = "quay"
    assert ids(boats(event), frozen) == {"key-changed"}


def test_a_topic_may_come_but_not_go(frozen: Path) -> None:
    other = type("Sunk", (BoatMoored,), {"TOPIC": "boat.sunk", "__module__": __name__})
    both = Catalogue([boat_spec(), boat_spec(other)])
    assert "topic-added" in ids(both, frozen, refused=False)
    assert ids(both, frozen) == {"not-frozen"}
    assert ids(boats(other), frozen) == {"topic-removed", "not-frozen"}


def test_a_lost_file_cannot_be_replaced_by_another_schema(frozen: Path) -> None:
    (frozen / "boat.moored.v1.json").unlink()
    assert ids(boats(boat(quay=None)), frozen) >= {"frozen-file-lost"}
    with pytest.raises(ChangeRefusedError, match="frozen-file-lost"):
        freeze(boats(), frozen)


def test_a_file_edited_by_hand_is_noticed(frozen: Path) -> None:
    file = frozen / "boat.moored.v1.json"
    file.write_text(file.read_text().replace('"maximum": 100000000', '"maximum": 1'))
    assert ids(boats(), frozen) == {"bound-loosened"}


class Crate(BaseModel):
    label: str
    weights: list[float]


SHAPES: list[tuple[str, str, dict[str, Any]]] = [
    ("undescribed", "label", {"label": (Code, "")}),
    ("unbounded", "label", {"label": (Annotated[str, about("Text.")], "")}),
    ("unbounded", "label", {"label": (Annotated[str, Field(pattern="^[a-z]+$"), about("Text.")], "a")}),
    ("unbounded", "label", {"label": (Annotated[str, Field(pattern="[a-z]"), about("Text.")], "a")}),
    ("unbounded", "size", {"size": (Annotated[int, Field(ge=0), about("Number.")], 0)}),
    ("unbounded", "tags", {"tags": (Annotated[tuple[Code, ...], about("Codes.")], ())}),
    ("unbounded", "tags.[]", {"tags": (Annotated[tuple[str, ...], Field(max_length=3), about("Texts.")], ())}),
    ("unbounded", "map", {"map": (Annotated[dict[Code, Count], about("Counts.")], {})}),
    ("unbounded", "thing", {"thing": (Annotated[Any, about("Anything.")], None)}),
    ("unbounded", "crate.label", {"crate": (Annotated[Crate | None, about("A crate.")], None)}),
    ("unbounded", "crate.weights", {"crate": (Annotated[Crate | None, about("A crate.")], None)}),
]


@pytest.mark.parametrize(("rule_id", "path", "fields"), SHAPES)
def test_faults_of_a_schema_by_itself(rule_id: str, path: str, fields: dict[str, Any]) -> None:
    found = {(finding.rule.rule_id, finding.path) for finding in check_shape(boat(**fields))}
    assert (rule_id, path) in found


def test_a_good_schema_has_no_faults() -> None:
    assert list(check_shape(BoatMoored)) == []


def test_an_event_without_or_with_a_wrong_example_is_refused() -> None:
    bare = boat()
    bare.example = Event.example  # type: ignore[method-assign]
    assert [finding.rule.rule_id for finding in check_shape(bare)] == ["no-example"]
    wrong = boat()
    wrong.example = classmethod(lambda cls: cls.model_construct(aggregate_version=1, boat_id=BOAT, quay=-1))  # type: ignore[method-assign,assignment]
    assert [finding.rule.rule_id for finding in check_shape(wrong)] == ["example-invalid"]


def test_every_rule_about_topics_and_schemas_has_a_case() -> None:
    tested = {rule_id for rule_id, _, _ in [*FACTS, *SHAPES]} | {
        *("topic-added", "topic-removed", "version-added", "version-removed", "key-changed"),
        *("not-frozen", "stale", "frozen-file-lost", "no-example", "example-invalid"),
    }
    assert {rule.rule_id for rule in (*GROUPS["Topics"], *GROUPS["Every published schema"])} == tested
