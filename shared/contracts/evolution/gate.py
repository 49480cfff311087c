"""Holds the published contracts: what is frozen under ``schemas/`` is compared with what the classes say now.

`check` names everything that a reader could trip over. `freeze` writes new versions and allowed changes, and refuses to
touch anything when one change is not allowed. There is no flag to force it: a deliberate exception is an edit of the
frozen files by hand, which everybody sees in the same change.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shared.contracts.base import Event
from shared.contracts.evolution.bounds_check import unbounded_places
from shared.contracts.evolution.change_rules import RULES
from shared.contracts.evolution.compare import compare_schemas
from shared.contracts.evolution.findings import Finding
from shared.contracts.evolution.nodes import Node
from shared.contracts.schema import as_text, example_body, reader_schema, schema_file
from shared.contracts.spec import Catalogue, TopicSpec
from shared.contracts.validation import schema_faults

SCHEMA_FOLDER: Final = Path(__file__).parents[1] / "schemas"
_OPENNESS: Final = ("restricted", "internal", "public")
_NEW = frozenset({"not-frozen", "stale"})


class ChangeRefusedError(Exception):
    """Nothing was written, because ``findings`` are changes that a reader could trip over."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class Frozen:
    """What is frozen: the schemas by topic and version, and the facts about topics by name."""

    schemas: Mapping[tuple[str, int], Node]
    topics: Mapping[str, Mapping[str, Any]]


def read_frozen(folder: Path) -> Frozen:
    """Read the frozen files; an empty or missing folder has frozen nothing."""
    schemas = {}
    for file in sorted(folder.glob("*.v*.json")):
        topic, _, version = file.name.removesuffix(".json").rpartition(".v")
        schemas[topic, int(version)] = json.loads(file.read_text(encoding="utf-8"))
    topics = _topics_file(folder)
    return Frozen(schemas, json.loads(topics.read_text(encoding="utf-8")) if topics.exists() else {})


def check(catalogue: Catalogue, folder: Path = SCHEMA_FOLDER) -> list[Finding]:
    """Everything that differs between ``catalogue`` and the files in ``folder``, and every fault of a schema itself.

    Allowed changes are among the findings; whoever may not be shown them asks `Finding.refused`.
    """
    frozen = read_frozen(folder)
    findings = [finding for spec in catalogue for finding in _compare_topic(spec, frozen)]
    findings += _gone(catalogue, frozen)
    findings += [finding for spec in catalogue for event in spec.events for finding in check_shape(event)]
    if not any(finding.refused for finding in findings):
        findings += _stale(catalogue, folder)
    return findings


def freeze(catalogue: Catalogue, folder: Path = SCHEMA_FOLDER) -> list[Path]:
    """Write what is new or changed in an allowed way; give the files written.

    Raises ChangeRefusedError, having written nothing, when a change is refused.
    """
    refused = [finding for finding in check(catalogue, folder) if finding.refused and finding.rule.rule_id not in _NEW]
    if refused:
        raise ChangeRefusedError(refused)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for file, text in _wanted(catalogue, folder):
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            written.append(file)
    return written


def check_shape(event: type[Event]) -> Iterator[Finding]:
    """What is wrong with the schema of one event by itself."""
    subject, schema = _subject(event), reader_schema(event)
    for name, field in schema.get("properties", {}).items():
        if not field.get("description"):
            yield Finding(RULES["undescribed"], subject, name, "the field has no description")
    for path in unbounded_places(schema):
        yield Finding(RULES["unbounded"], subject, path, "the value may be of any size")
    body = example_body(event)
    if body is None:
        yield Finding(RULES["no-example"], subject, "", "the event has no example")
        return
    for fault in schema_faults(schema, body):
        yield Finding(RULES["example-invalid"], subject, "", f"the example is refused ({fault})")


def _compare_topic(spec: TopicSpec, frozen: Frozen) -> Iterator[Finding]:
    facts = frozen.topics.get(spec.name)
    if facts is None:
        yield Finding(RULES["topic-added"], spec.name, "", "the topic is new")
    else:
        yield from _compare_facts(spec, facts)
    known_versions = facts["versions"] if facts is not None else []
    for event in spec.events:
        old = frozen.schemas.get((spec.name, event.VERSION))
        if old is not None:
            yield from _compare_event(event, old)
        elif event.VERSION in known_versions:
            yield Finding(RULES["frozen-file-lost"], _subject(event), "", "the schema was frozen and its file is gone")
        else:
            if facts is not None:
                yield Finding(RULES["version-added"], _subject(event), "", "the version is new")
            yield Finding(RULES["not-frozen"], _subject(event), "", "the version has no frozen schema yet")


def _compare_event(event: type[Event], old: Node) -> Iterator[Finding]:
    subject, new = _subject(event), reader_schema(event)
    if old.get("x-key-field") != new["x-key-field"]:
        happened = f"the key was {old.get('x-key-field')} and is {new['x-key-field']}"
        yield Finding(RULES["key-changed"], subject, "", happened)
    yield from compare_schemas(old, new, subject)


def _compare_facts(spec: TopicSpec, old: Mapping[str, Any]) -> Iterator[Finding]:
    new = _facts(spec)

    def finding(rule_id: str, fact: str) -> Finding:
        return Finding(RULES[rule_id], spec.name, "", f"{fact} was {old[fact]} and is {new[fact]}")

    if new["partitions"] != old["partitions"]:
        fewer = new["partitions"] < old["partitions"]
        yield finding("partitions-decreased" if fewer else "partitions-increased", "partitions")
    if new["data_class"] != old["data_class"]:
        opened = _OPENNESS.index(new["data_class"]) > _OPENNESS.index(old["data_class"])
        yield finding("data-class-opened" if opened else "data-class-closed", "data_class")
    if new["compacted"] != old["compacted"]:
        yield finding("compaction-changed", "compacted")
    elif new["retention_days"] != old["retention_days"]:
        shorter = new["retention_days"] < old["retention_days"]
        yield finding("retention-shortened" if shorter else "retention-lengthened", "retention_days")
    if new["tombstones"] != old["tombstones"]:
        yield finding("tombstones-changed", "tombstones")
    if new["planned"] != old.get("planned", new["planned"]):
        yield finding("topic-withdrawn" if new["planned"] else "topic-begun", "planned")
    for rule_id, come in (
        ("owner-added", set(new["owners"]) - set(old["owners"])),
        ("owner-removed", set(old["owners"]) - set(new["owners"])),
    ):
        if come:
            yield finding(rule_id, "owners")


def _gone(catalogue: Catalogue, frozen: Frozen) -> Iterator[Finding]:
    named = {*frozen.topics, *(topic for topic, _ in frozen.schemas)}
    for name in sorted(name for name in named if name not in catalogue):
        yield Finding(RULES["topic-removed"], name, "", "the topic is not in the catalogue any more")
    for topic, version in frozen.schemas:
        if topic in catalogue and catalogue.topic(topic).event_of_version(version) is None:
            yield Finding(RULES["version-removed"], f"{topic} v{version}", "", "no class has this version any more")


def _stale(catalogue: Catalogue, folder: Path) -> Iterator[Finding]:
    for file, text in _wanted(catalogue, folder):
        if file.read_text(encoding="utf-8") != text:
            yield Finding(RULES["stale"], file.name, "", "the file is not what the classes and the catalogue say")


def _wanted(catalogue: Catalogue, folder: Path) -> Iterable[tuple[Path, str]]:
    for spec in catalogue:
        for event in spec.events:
            yield schema_file(folder, spec.name, event.VERSION), as_text(reader_schema(event))
    yield _topics_file(folder), as_text({spec.name: _facts(spec) for spec in catalogue})


def _topics_file(folder: Path) -> Path:
    return folder / "topics.json"


def _facts(spec: TopicSpec) -> dict[str, Any]:
    return {
        "versions": sorted(event.VERSION for event in spec.events),
        "owners": list(spec.owners),
        "planned": spec.planned,
        "data_class": spec.data_class,
        "partitions": spec.partitions,
        "retention_days": spec.retention_days,
        "compacted": spec.compacted,
        "tombstones": spec.tombstones,
    }


def _subject(event: type[Event]) -> str:
    return f"{event.TOPIC} v{event.VERSION}"
