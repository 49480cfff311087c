"""The gate's rules one by one: each refused change is refused under its own rule, each allowed one passes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from shared.contracts.evolution.change_rules import GROUPS, RULES
from shared.contracts.evolution.compare import compare_schemas

Schema = dict[str, Any]
Edit = Callable[[Schema], object]

CODES = {"a": "first", "b": "other"}
BASE: Schema = {
    "type": "object",
    "description": "A boat.",
    "properties": {
        "quay": {"type": "integer", "minimum": 1, "maximum": 9, "description": "Quay.", "x-unit": "number"},
        "code": {
            "type": "string",
            "pattern": "^[a-z]+$",
            "maxLength": 9,
            "x-known-values": {"a": "first", "b": "other"},
        },
        "day": {"type": "string", "format": "date"},
        "light": {"enum": ["red", "green"], "type": "string"},
        "master": {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}], "default": None},
        "weight": {"type": "number", "minimum": 0, "maximum": 1, "default": 0},
        "crew": {"type": "array", "items": {"$ref": "#/$defs/Sailor"}, "minItems": 1, "maxItems": 5},
        "load": {
            "type": "object",
            "propertyNames": {"pattern": "^[A-Z]+$"},
            "additionalProperties": {"type": "integer", "minimum": 0},
            "maxProperties": 3,
        },
        "lamp": {"$ref": "#/$defs/Lamp"},
    },
    "required": ["quay", "code", "day", "light", "crew", "load", "lamp"],
    "$defs": {
        "Sailor": {"type": "object", "properties": {"rank": {"type": "integer"}}, "required": ["rank"]},
        "Lamp": {
            "type": "object",
            "properties": {"on": {"type": "boolean"}},
            "additionalProperties": False,
        },
    },
}


def field(schema: Schema, name: str) -> Schema:
    found: Schema = schema["properties"][name]
    return found


def put(name: str, **words: Any) -> Edit:
    return lambda schema: field(schema, name).update(words)


def drop(name: str, word: str) -> Edit:
    return lambda schema: field(schema, name).pop(word)


def swap(name: str, value: Schema) -> Edit:
    return lambda schema: schema["properties"].update({name: value})


def require(*names: str) -> Edit:
    return lambda schema: schema.update(required=list(names))


def defs(name: str, **words: Any) -> Edit:
    return lambda schema: schema["$defs"][name].update(words)


ALL = BASE["required"]
NULLABLE: list[Schema] = [{"type": "string", "maxLength": 9}, {"type": "null"}]
CASES: list[tuple[str, str, Edit]] = [
    ("optional-field-added", "flag", swap("flag", {"type": "boolean", "default": False})),
    ("optional-field-added", "crew.[].age", defs("Sailor", properties={"rank": {"type": "integer"}, "age": {}})),
    ("text-changed", "", lambda s: s.update(description="A ship.")),
    ("text-changed", "quay", put("quay", description="The quay.")),
    ("text-changed", "quay", put("quay", **{"x-source": "a law"})),
    ("text-changed", "code", put("code", **{"x-known-values": {"a": "the first", "b": "other"}})),
    ("known-value-added", "code", put("code", **{"x-known-values": {"a": "first", "b": "other", "c": "third"}})),
    ("known-value-removed", "code", put("code", **{"x-known-values": {"a": "first"}})),
    ("required-field-added", "flag", lambda s: (swap("flag", {"type": "boolean"})(s), s["required"].append("flag"))),
    ("field-removed", "day", lambda s: (s["properties"].pop("day"), s["required"].remove("day"))),
    ("field-removed", "weight", lambda s: s["properties"].pop("weight")),
    ("field-removed", "crew.[].rank", defs("Sailor", properties={}, required=[])),
    ("field-renamed", "weight", lambda s: s["properties"].update(mass=s["properties"].pop("weight"))),
    ("became-optional", "day", require(*[name for name in ALL if name != "day"])),
    ("became-optional", "crew.[].rank", defs("Sailor", required=[])),
    ("became-required", "weight", require(*ALL, "weight")),
    ("default-changed", "weight", put("weight", default=1)),
    ("default-changed", "weight", drop("weight", "default")),
    ("default-changed", "master", put("master", default="nobody")),
    ("field-added-to-closed-object", "lamp.hue", defs("Lamp", properties={"on": {"type": "boolean"}, "hue": {}})),
    ("unknown-fields-refused", "", lambda s: s.update(additionalProperties=False)),
    ("unknown-fields-refused", "", lambda s: s.update(additionalProperties={"type": "string"})),
    ("unknown-fields-taken", "lamp", defs("Lamp", additionalProperties=True)),
    ("unknown-fields-taken", "load", drop("load", "additionalProperties")),
    ("type-changed", "quay", put("quay", type="string")),
    ("type-changed", "crew", swap("crew", {"type": "object"})),
    ("type-narrowed", "weight", put("weight", type="integer")),
    ("type-widened", "quay", put("quay", type="number")),
    ("type-widened", "crew.[].rank", defs("Sailor", properties={"rank": {"type": ["integer", "string"]}})),
    ("null-added", "day", put("day", type=["string", "null"])),
    ("null-added", "quay", swap("quay", {"anyOf": [field(BASE, "quay"), {"type": "null"}]})),
    ("null-removed", "master", swap("master", {**NULLABLE[0], "default": None})),
    ("bound-tightened", "quay", put("quay", minimum=2)),
    ("bound-tightened", "quay", put("quay", maximum=8)),
    ("bound-tightened", "day", put("day", minLength=10)),
    ("bound-tightened", "crew", put("crew", uniqueItems=True)),
    ("bound-tightened", "crew", put("crew", minItems=2)),
    ("bound-tightened", "load", put("load", minProperties=1)),
    ("bound-tightened", "load.*", put("load", additionalProperties={"type": "integer", "minimum": 1})),
    ("bound-tightened", "master", put("master", anyOf=[{"type": "string", "maxLength": 8}, {"type": "null"}])),
    ("bound-tightened", "quay", put("quay", exclusiveMinimum=1)),
    ("bound-loosened", "quay", put("quay", minimum=0)),
    ("bound-loosened", "quay", drop("quay", "maximum")),
    ("bound-loosened", "code", put("code", maxLength=10)),
    ("bound-loosened", "crew", put("crew", maxItems=6)),
    ("bound-loosened", "load", put("load", maxProperties=4)),
    ("pattern-changed", "code", put("code", pattern="^[a-z]*$")),
    ("pattern-changed", "code", drop("code", "pattern")),
    ("pattern-changed", "load.(keys)", put("load", propertyNames={"pattern": "^[A-Z]{3}$"})),
    ("pattern-changed", "load.(keys)", drop("load", "propertyNames")),
    ("format-changed", "day", put("day", format="date-time")),
    ("format-changed", "day", drop("day", "format")),
    ("format-changed", "code", put("code", contentEncoding="base64")),
    ("format-changed", "quay", put("quay", multipleOf=2)),
    ("closed-value-added", "light", put("light", enum=["red", "green", "white"])),
    ("closed-value-removed", "light", put("light", enum=["red"])),
    ("closed-value-removed", "light", swap("light", {"const": "red", "type": "string"})),
    ("values-closed", "code", put("code", enum=["a", "b"])),
    ("values-opened", "light", drop("light", "enum")),
    ("alternative-added", "master", put("master", anyOf=[*NULLABLE, {"type": "integer"}])),
    ("alternative-removed", "weight", lambda s: None),
    ("unit-changed", "quay", put("quay", **{"x-unit": "dozen"})),
    ("unit-changed", "weight", put("weight", **{"x-unit": "tonnes"})),
    ("not-understood", "crew", put("crew", contains={"type": "object"})),
    ("not-understood", "", lambda s: s.update(**{"not": {"required": ["day"]}})),
    ("not-understood", "master", lambda s: field(s, "master").update(oneOf=field(s, "master").pop("anyOf"))),
    ("not-understood", "master", put("master", maxLength=5)),
    ("not-understood", "master", put("master", type="string")),
    ("type-changed", "crew", put("crew", prefixItems=[{"type": "string"}])),
]


@pytest.mark.parametrize(("rule_id", "path", "edit"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_each_change_is_found_under_its_rule(rule_id: str, path: str, edit: Edit) -> None:
    old, new = copy.deepcopy(BASE), copy.deepcopy(BASE)
    edit(new)
    if rule_id == "alternative-removed":
        field(old, "weight")["anyOf"] = [{"type": "number"}, {"type": "string"}]
        field(new, "weight")["anyOf"] = [{"type": "number"}]
    found = compare_schemas(old, new, "boat.moored v1")
    assert (rule_id, path) in {(finding.rule.rule_id, finding.path) for finding in found}
    refused = RULES[rule_id].verdict == "refused"
    assert any(finding.refused for finding in found) == refused
    assert all(finding.subject == "boat.moored v1" for finding in found)


def test_every_rule_about_fields_and_values_has_a_case() -> None:
    tested = {rule_id for rule_id, _, _ in CASES}
    assert {rule.rule_id for rule in (*GROUPS["Fields"], *GROUPS["Values"])} == tested


def test_nothing_changed_gives_nothing() -> None:
    assert compare_schemas(BASE, copy.deepcopy(BASE), "x") == []


def test_moving_a_definition_behind_a_reference_changes_nothing() -> None:
    new = copy.deepcopy(BASE)
    new["$defs"]["Day"] = new["properties"]["day"]
    new["properties"]["day"] = {"$ref": "#/$defs/Day"}
    new["$defs"]["Lantern"] = new["$defs"].pop("Lamp")
    new["properties"]["lamp"] = {"$ref": "#/$defs/Lantern"}
    assert compare_schemas(BASE, new, "x") == []
    new["$defs"]["Day"]["format"] = "time"
    assert [finding.path for finding in compare_schemas(BASE, new, "x")] == ["day"]


def test_recursive_definitions_end() -> None:
    tree: Schema = {
        "properties": {"root": {"$ref": "#/$defs/Node"}},
        "$defs": {
            "Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}, "size": {"type": "integer"}}}
        },
    }
    new = copy.deepcopy(tree)
    assert compare_schemas(tree, new, "x") == []
    new["$defs"]["Node"]["properties"]["size"]["maximum"] = 3
    assert {finding.rule.rule_id for finding in compare_schemas(tree, new, "x")} == {"bound-tightened"}
    open_tree: Schema = {"properties": {"root": {"properties": {"next": {}}}}}
    assert any(finding.refused for finding in compare_schemas(open_tree, tree, "x"))


def test_a_definition_used_by_an_unknown_keyword_is_not_passed_over() -> None:
    old: Schema = {"allOf": [{"$ref": "#/$defs/A"}], "$defs": {"A": {"maximum": 5}}}
    new: Schema = {"allOf": [{"$ref": "#/$defs/A"}], "$defs": {"A": {"maximum": 3}}}
    assert [finding.rule.rule_id for finding in compare_schemas(old, new, "x")] == ["not-understood"]


@pytest.mark.parametrize("reference", ["other.json", "#/$defs/Loop"])
def test_a_reference_that_leads_nowhere_is_an_error(reference: str) -> None:
    new = {"properties": {"a": {"$ref": reference}}, "$defs": {"Loop": {"$ref": "#/$defs/Loop"}}}
    with pytest.raises(ValueError, match="does not lead to a definition"):
        compare_schemas({"properties": {"a": {}}}, new, "x")


def test_what_the_person_reads() -> None:
    new = copy.deepcopy(BASE)
    field(new, "quay")["maximum"] = 8
    (finding,) = compare_schemas(BASE, new, "boat.moored v1")
    text = str(finding)
    assert text.startswith("boat.moored v1 quay: maximum was 9 and is 8 [bound-tightened]")
    assert "Do: Leave the bound" in text


def test_every_rule_says_why_and_what_to_do() -> None:
    for rule in RULES.values():
        assert rule.change
        assert rule.why.endswith(".")
        assert rule.advice.endswith(".")
    assert len(RULES) == sum(len(rules) for rules in GROUPS.values()), "rule ids are unique"
