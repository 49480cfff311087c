"""Whatever breaks a reader is refused: random edits of the real schemas, judged by instances instead of by rules.

If one body that was valid before is refused after the edit, or the other way round, the gate must refuse the edit.
The same check must fail for a gate that forgets a rule, which proves that it bites.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped, unused-ignore]

from shared.contracts.catalogue import CATALOGUE
from shared.contracts.evolution import compare
from shared.contracts.evolution.compare import compare_schemas
from shared.contracts.evolution.gate import SCHEMA_FOLDER
from shared.contracts.schema import schema_file

Schema = dict[str, Any]

TOPICS = ("contribution.due", "worker.lapsed", "employer.registered", "funding.opened", "notification.sent")
MISSING = object()


@cache
def frozen(topic: str) -> Schema:
    found: Schema = json.loads(schema_file(SCHEMA_FOLDER, topic, 1).read_text(encoding="utf-8"))
    return found


def values_for(node: Schema, sample: object, random: Random) -> Iterator[object]:
    """Values near the edges of what ``node`` accepts, good and bad, around a ``sample`` that was good once."""
    yield from (sample, None, "", "x", "x" * 300, 0, 1, -1, 10**9, 1.5, True, [], {}, "2026-11", "white")
    for branch in (node, *node.get("anyOf", [])):
        for bound in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
            if bound in branch:
                yield from (branch[bound] - 1, branch[bound], branch[bound] + 1)
        yield from branch.get("enum", [])
        if "const" in branch:
            yield branch["const"]
        if "maxLength" in branch:
            yield from ("a" * length for length in (branch["maxLength"], branch["maxLength"] + 1))
    if isinstance(sample, list) and sample:
        many = ["JKK"] * random.randrange(1, 15)
        yield from (sample[:1], sample * 2, [*sample, "known-only-later"], many, ["x", "y"])
    if isinstance(sample, dict):
        yield from ({**sample, "JKP": 0}, {**sample, "JKP": -1}, {**sample, "x": 1}, {"JKK": 2**53 - 1}, {"JKK": 1.5})


def bodies(schema: Schema, other: Schema, sample: Schema, random: Random) -> Iterator[Schema]:
    """Bodies that differ from ``sample`` in one of the fields that were edited; valid or not."""
    yield sample
    for name, node in schema["properties"].items():
        if name in sample:
            yield {key: value for key, value in sample.items() if key != name}
        if node != other["properties"].get(name):
            for value in values_for(node, sample.get(name), random):
                yield {**sample, name: value}


def breaks(old: Schema, new: Schema, random: Random) -> Schema | None:
    """A body that only one of the two schemas accepts and that the writer of either could have sent, or None."""
    before, after = Draft202012Validator(old), Draft202012Validator(new)
    sample = old["examples"][0]
    added = {name: value for name, value in new_fields(old, new).items() if value is not MISSING}
    for body in bodies(old, new, sample, random):
        if before.is_valid(body) and not after.is_valid(body):
            return body
    for body in bodies(new, old, {**sample, **added}, random):
        if after.is_valid(body) and not before.is_valid(body):
            return body
    return None


def new_fields(old: Schema, new: Schema) -> Schema:
    names = [name for name in new["properties"] if name not in old["properties"]]
    return {name: new["properties"][name].get("default", MISSING) for name in names}


# ---- edits


def some_field(schema: Schema, random: Random) -> tuple[str, Schema]:
    name = random.choice(list(schema["properties"]))
    node = schema["properties"][name]
    inner = [branch for branch in node.get("anyOf", []) if branch.get("type") != "null"]
    if inner and random.random() < 0.6:
        node = random.choice(inner)
    for word in ("items", "additionalProperties"):
        if isinstance(node.get(word), dict) and random.random() < 0.5:
            node = node[word]
    return name, node


def remove_field(schema: Schema, random: Random) -> None:
    name, _ = some_field(schema, random)
    del schema["properties"][name]
    if name in schema["required"]:
        schema["required"].remove(name)


def add_field(schema: Schema, random: Random) -> None:
    schema["properties"]["added"] = {"type": "integer", "default": 0}
    if random.random() < 0.3:
        schema["required"].append("added")


def turn_required(schema: Schema, random: Random) -> None:
    name, _ = some_field(schema, random)
    if name in schema["required"]:
        schema["required"].remove(name)
    else:
        schema["required"].append(name)


def move_bound(schema: Schema, random: Random) -> None:
    _, node = some_field(schema, random)
    words = [word for word in node if word.startswith(("min", "max"))]
    if words:
        word = random.choice(words)
        node[word] = max(0, node[word] + random.choice((-1, 1, -50, 50)))
        if random.random() < 0.2:
            del node[word]
    else:
        node[random.choice(("minimum", "maxLength", "exclusiveMaximum", "maxItems"))] = random.choice((0, 1, 2, 20))


def change_type(schema: Schema, random: Random) -> None:
    _, node = some_field(schema, random)
    kinds = ["integer", "number", "string", "boolean", "object", "array"]
    node["type"] = random.choice([*kinds, [*random.sample(kinds, 2)], ["null", str(node.get("type", "string"))]])


def change_enum(schema: Schema, random: Random) -> None:
    _, node = some_field(schema, random)
    if "enum" in node:
        node["enum"] = random.choice((node["enum"][1:], [*node["enum"], "white"], list(reversed(node["enum"]))))
    else:
        node["enum"] = ["white", "x", 1]


def change_pattern(schema: Schema, random: Random) -> None:
    _, node = some_field(schema, random)
    if "pattern" in node and random.random() < 0.3:
        del node["pattern"]
    else:
        node["pattern"] = random.choice(("^[a-z]*$", "^.{3,}$", "-", "^[A-Z]{2,9}$"))


def change_null(schema: Schema, random: Random) -> None:
    name, _ = some_field(schema, random)
    node = schema["properties"][name]
    if "anyOf" in node:
        node["anyOf"] = random.choice((node["anyOf"][:1], node["anyOf"][::-1], [*node["anyOf"], {"type": "boolean"}]))
    else:
        schema["properties"][name] = {"anyOf": [node, {"type": "null"}]}


def add_keyword(schema: Schema, random: Random) -> None:
    _, node = some_field(schema, random)
    node.update(
        random.choice(
            (
                {"not": {"type": "string"}},
                {"const": "x"},
                {"uniqueItems": True},
                {"contains": {"const": "JKK"}},
                {"propertyNames": {"pattern": "^J"}},
                {"additionalProperties": False},
                {"multipleOf": 7},
                {"allOf": [{"minimum": 5}]},
                {"if": {"type": "integer"}, "then": {"maximum": 3}},
                {"x-note": "nothing"},
            )
        )
    )


def close_or_open(schema: Schema, random: Random) -> None:
    schema["additionalProperties"] = random.choice((False, True, {"type": "string"}))
    if random.random() < 0.3:
        schema["dependentRequired"] = {"region_code": ["added"]}


def move_behind_reference(schema: Schema, random: Random) -> None:
    name, _ = some_field(schema, random)
    schema.setdefault("$defs", {})["Moved"] = schema["properties"][name]
    schema["properties"][name] = {"$ref": "#/$defs/Moved"}


def change_words(schema: Schema, random: Random) -> None:
    _, node = some_field(schema, random)
    node["description"] = "Other words."


EDITS: list[Callable[[Schema, Random], None]] = [
    remove_field, add_field, turn_required, move_bound, move_bound, change_type, change_enum, change_pattern,
    change_null, add_keyword, close_or_open, move_behind_reference, change_words,
]  # fmt: skip


def edited(topic: str, random: Random) -> Schema:
    new = copy.deepcopy(frozen(topic))
    behind = False
    for _ in range(random.choice((1, 1, 2, 3))):
        edit = random.choice(EDITS)
        if not behind:
            edit(new, random)
        behind = behind or edit is move_behind_reference
    return new


def judge(topic: str, random: Random) -> tuple[bool, bool]:
    """Make edits; say whether an instance breaks and whether the gate refuses. Raises if it should have."""
    old, new = frozen(topic), edited(topic, random)
    body = breaks(old, new, random)
    refused = any(finding.refused for finding in compare_schemas(old, new, topic))
    assert refused or body is None, f"{topic}: passed, but {body} is accepted by one side only"
    return body is not None, refused


def judge_many(count: int) -> list[tuple[bool, bool]]:
    return [judge(TOPICS[seed % len(TOPICS)], Random(seed)) for seed in range(count)]


@settings(max_examples=300, deadline=None)
@given(topic=st.sampled_from(TOPICS), random=st.randoms(use_true_random=False))
def test_an_edit_that_breaks_a_body_is_refused(topic: str, random: Random) -> None:
    judge(topic, random)


def test_the_edits_break_bodies_often_and_not_always() -> None:
    judged = judge_many(400)
    broken = sum(1 for breaks_body, _ in judged if breaks_body)
    passed = sum(1 for _, refused in judged if not refused)
    assert broken >= 150, f"only {broken} of 400 edits broke a body; the test has lost its power"
    assert passed >= 30, f"only {passed} of 400 edits passed; the gate refuses everything"


@pytest.mark.parametrize(
    "forgotten", ["_bound", "_enum", "_types", "_new_field", "_kept_field", "_other_fields", "_alternatives"]
)
def test_a_gate_that_forgets_a_rule_is_found_out(forgotten: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare._Comparison, forgotten, lambda *_: True)
    with pytest.raises(AssertionError, match="accepted by one side only"):
        judge_many(1000)


def test_topics_under_test_are_real() -> None:
    assert all(topic in CATALOGUE for topic in TOPICS)
