"""The AsyncAPI document: what it says, our own lint with planted faults, and the official schema where npm is there."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped, unused-ignore]
import pytest
import yaml

from shared.contracts.catalogue import CATALOGUE, SERVICES
from shared.contracts.evolution.gate import freeze
from shared.contracts.publishing.asyncapi import ASYNCAPI_FILE, asyncapi_document, asyncapi_text
from shared.contracts.publishing.asyncapi_lint import lint_asyncapi
from tests.shared.contracts.samples import boats

NODE = Path(__file__).parent / "node"
FOLDER = ASYNCAPI_FILE.parent
Document = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Document:
    """The document as it is committed."""
    read: Document = yaml.safe_load(ASYNCAPI_FILE.read_text(encoding="utf-8"))
    return read


def test_committed_document_is_fresh_and_clean(document: Document) -> None:
    assert ASYNCAPI_FILE.read_text(encoding="utf-8") == asyncapi_text(CATALOGUE)
    assert document == asyncapi_document(CATALOGUE)
    assert lint_asyncapi(document, FOLDER) == []


def test_it_says_all_that_the_catalogue_says(document: Document) -> None:
    assert list(document["channels"]) == [spec.name for spec in CATALOGUE.existing]
    for spec in CATALOGUE.existing:
        kafka = document["channels"][spec.name]["bindings"]["kafka"]
        assert kafka["partitions"] == spec.partitions
        if spec.compacted:
            assert kafka["topicConfiguration"]["cleanup.policy"] == ["compact"]
        else:
            assert kafka["topicConfiguration"]["retention.ms"] == (spec.retention_days or 0) * 86_400_000
    for service in SERVICES:
        said = {name for name in document["operations"] if name.startswith(f"{service}.")}
        sends = {f"{service}.send.{spec.name}" for spec in CATALOGUE.owned_by(service)}
        receives = {f"{service}.receive.{spec.name}" for spec in CATALOGUE.read_by(service)}
        assert said == sends | receives


def test_what_is_planned_is_no_channel_and_no_operation(document: Document) -> None:
    planned = document["components"]["channels"]
    assert list(planned) == [spec.name for spec in CATALOGUE if spec.planned]
    for spec in CATALOGUE:
        if spec.planned:
            channel = planned[spec.name]
            assert channel["address"] is None
            assert {"name": "planned"} in channel["tags"]
            assert channel["x-planned"]["writers"] == list(spec.owners)
            assert channel["x-planned"]["readers"] == [*spec.readers, *spec.planned_readers]
        else:
            said = document["channels"][spec.name].get("x-planned", {})
            assert said.get("readers", []) == list(spec.planned_readers)
            assert "writers" not in said
    assert not [name for name in document["operations"] if name.startswith("console.")]


def test_headers_are_those_that_the_relay_writes(document: Document) -> None:
    from datetime import UTC, datetime
    from uuid import UUID

    from shared.contracts.validation import schema_faults
    from shared.messaging.envelope import HeaderWriter, OutboxRow

    row = OutboxRow(
        slot=0,
        position=1,
        event_id=UUID("019ac4f2-9a01-7e5f-a8cc-7d9f1b3c5e20"),
        topic="contribution.due",
        schema_version=1,
        key="019aa0c2-7b10-7c3e-9d52-0b6f3a1e4c01",
        occurred_at=datetime(2026, 11, 13, 2, 15, 4, 123456, tzinfo=UTC),
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        body=b"{}",
    )
    headers = {name: value.decode("ascii") for name, value in HeaderWriter("subsidy").headers(row)}
    common, own = document["components"]["messages"]["contribution.due.v1"]["headers"]["allOf"]
    assert common == {"$ref": "#/components/schemas/CloudEventsHeaders"}
    schema = document["components"]["schemas"]["CloudEventsHeaders"]
    assert schema_faults(schema, headers) == []
    assert schema_faults(own, headers) == []
    assert set(headers) == set(schema["properties"]), "the document describes every header that is written"
    assert schema_faults(own, {**headers, "ce_source": "urn:payung:service:notification"}) == ["ce_source: enum"]


FAULTS: list[tuple[str, Callable[[Document], object]]] = [
    ("leads nowhere", lambda d: d["channels"]["worker.lapsed"]["messages"]["v1"].update({"$ref": "#/components/x"})),
    ("leads nowhere", lambda d: message(d)["payload"].update({"$ref": "./schemas/worker.lapsed.v9.json"})),
    ("another address", lambda d: d["channels"]["worker.lapsed"].update(address="worker.gone")),
    ("has no message", lambda d: (d["channels"]["worker.lapsed"].update(messages={}), d.update(operations={}))),
    ("how many partitions", lambda d: d["channels"]["worker.lapsed"].update(bindings={})),
    ("a channel and a planned one", lambda d: d["components"]["channels"].update({"worker.lapsed": {}})),
    ("is on no channel", lambda d: d["components"]["messages"].update({"lonely": message(d)})),
    ("neither sends nor receives", lambda d: operation(d).update(action="publish")),
    ("message of another channel", lambda d: operation(d).update(channel={"$ref": "#/channels/worker.lapsing"})),
    ("Nobody sends", lambda d: d["operations"].pop("enrolment.send.worker.lapsed")),
    ("breaks its payload", lambda d: message(d)["examples"][0]["payload"].update(region_code="x")),
    ("breaks its payload", lambda d: message(d)["examples"][0]["payload"].pop("worker_id")),
    ("breaks its headers", lambda d: message(d)["examples"][0]["headers"].update(ce_type="worker.exited")),
    ("breaks its headers", lambda d: message(d)["examples"][0]["headers"].pop("ce_id")),
]


def message(document: Document) -> Document:
    found: Document = document["components"]["messages"]["worker.lapsed.v1"]
    return found


def operation(document: Document) -> Document:
    found: Document = document["operations"]["enrolment.send.worker.lapsed"]
    return found


@pytest.mark.parametrize(("sentence", "plant"), FAULTS)
def test_the_lint_finds_planted_faults(document: Document, sentence: str, plant: Callable[[Document], object]) -> None:
    broken = copy.deepcopy(document)
    plant(broken)
    faults = lint_asyncapi(broken, FOLDER)
    assert any(sentence in fault for fault in faults), faults


def test_any_catalogue_gives_a_clean_document(tmp_path: Path) -> None:
    for catalogue in (boats(), boats(planned=True), boats(readers=(), planned_readers=("customs",))):
        folder = tmp_path / str(len(list(tmp_path.iterdir()))) / "schemas"
        freeze(catalogue, folder)
        document = yaml.safe_load(asyncapi_text(catalogue, folder))
        assert lint_asyncapi(document, folder.parent) == []


@pytest.fixture(scope="module")
def official_schema() -> Document:
    """AsyncAPI's own JSON Schema of version 3.0.0, fetched once by npm from the committed lock into a cache folder."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed; the official AsyncAPI schema was not checked, our own lint was")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    version = json.loads((NODE / "package.json").read_text())["dependencies"]["@asyncapi/specs"]
    cache = base / "payung" / f"asyncapi-specs-{version}"
    file = cache / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0.json"
    if not file.exists():
        _fetch(npm, cache)
    read: Document = json.loads(file.read_text(encoding="utf-8"))
    return read


def _fetch(npm: str, cache: Path) -> None:
    """Install into a folder of our own and put it in place in one step, so that a broken download leaves nothing."""
    cache.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache.parent) as name:
        for file in ("package.json", "package-lock.json"):
            shutil.copy(NODE / file, name)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=name, capture_output=True, timeout=100, check=False)
        if done.returncode:
            pytest.skip("npm could not fetch @asyncapi/specs (no network?); the official schema was not checked")
        shutil.move(Path(name) / "node_modules", cache / "node_modules")


def official_faults(schema: Document, document: Document) -> list[str]:
    return [str(list(error.absolute_path)) for error in jsonschema.Draft7Validator(schema).iter_errors(document)]


def test_the_official_schema_accepts_it(official_schema: Document, document: Document) -> None:
    assert official_faults(official_schema, document) == []


@pytest.mark.parametrize(
    "plant",
    [
        lambda d: d.update(asyncapi="9.0.0"),
        lambda d: d["info"].pop("title"),
        lambda d: operation(d).pop("channel"),
        lambda d: operation(d).update(action="publish"),
        lambda d: d["channels"]["worker.lapsed"].update(adress="worker.lapsed"),
        lambda d: d["channels"]["worker.lapsed"]["bindings"]["kafka"].update(partitions=0),
        lambda d: message(d).update(contentTyp="application/json"),
    ],
)
def test_the_official_schema_refuses_planted_faults(
    official_schema: Document, document: Document, plant: Callable[[Document], object]
) -> None:
    broken = copy.deepcopy(document)
    plant(broken)
    assert official_faults(official_schema, broken)
