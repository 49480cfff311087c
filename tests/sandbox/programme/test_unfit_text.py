"""A sign that no text has (NUL, half a letter) is refused by every route of every service, with the field it is in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest

from services.compliance.app import SERVICE as COMPLIANCE
from services.enrolment.app import SERVICE as ENROLMENT
from services.notification.app import SERVICE as NOTIFICATION
from services.subsidy.app import SERVICE as SUBSIDY
from shared.access.roles import Role
from shared.service.declaration import AnyService
from tests.conftest import MakeMigrated
from tests.service_world import key_files, person, service_world

UNFIT = ("\x00", "a\x00b", "\ud800", "x\udfff")
KEYS = ("encryption_keys_path", "index_keys_path", "contact_keys_path")
SETTINGS: list[tuple[AnyService, tuple[str, ...]]] = [
    (ENROLMENT, KEYS),
    (SUBSIDY, ()),
    (COMPLIANCE, KEYS),
    (NOTIFICATION, KEYS[2:]),
]


@asynccontextmanager
async def opened(
    service: AnyService, keys: tuple[str, ...], migrated: MakeMigrated, folder: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """The API of a service on an empty database."""
    settings: dict[str, Any] = dict(key_files(folder / "keys", *keys))
    known = service.settings.model_fields
    for name, value in (("exchange_folder", folder / "exchange"), ("mailbox_folder", folder / "mailbox")):
        if name in known:
            settings[name] = value
    async with service_world(service, await migrated(service.migrations), **settings) as world, world.api() as api:
        yield api


class Description:
    """An OpenAPI document: its operations, and what could be sent to them."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def operations(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Method, path and description of each operation."""
        for path, methods in self._document["paths"].items():
            for method, operation in methods.items():
                yield method, path, operation

    def whole(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """The schema itself, of a reference or of the first alternative that is not null."""
        while "$ref" in schema or "anyOf" in schema or "oneOf" in schema:
            if "$ref" in schema:
                schema = self._document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            else:
                choices = schema.get("anyOf") or schema["oneOf"]
                schema = next((one for one in choices if one.get("type") != "null"), choices[0])
        return schema

    def example(self, given: Mapping[str, Any]) -> Any:
        """A value of the schema, as far as it says what it wants."""
        schema = self.whole(given)
        for name in ("const", "default"):
            if schema.get(name) is not None:
                return schema[name]
        for name in ("enum", "examples"):
            if schema.get(name):
                return schema[name][0]
        kind = schema.get("type", "object")
        if kind == "object":
            return {name: self.example(inner) for name, inner in schema.get("properties", {}).items()}
        if kind == "array":
            return [self.example(schema.get("items", {"type": "string"}))]
        formats = {"uuid": str(UUID(int=7 << 64)), "date": "2026-11-10", "date-time": "2026-11-10T08:00:00+08:00"}
        plain = {"string": formats.get(schema.get("format", ""), "6472"), "boolean": True, "null": None}
        return plain.get(kind, max(schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1))

    def is_text(self, schema: Mapping[str, Any]) -> bool:
        """Whether a parameter is text, or a list of texts."""
        whole = self.whole(schema)
        return bool(self.whole(whole["items"] if whole.get("type") == "array" else whole).get("type") == "string")


def texts_in(body: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Where in ``body`` texts stand."""
    if isinstance(body, dict):
        for name, inner in body.items():
            yield from texts_in(inner, (*place, name))
    elif isinstance(body, list):
        for number, inner in enumerate(body):
            yield from texts_in(inner, (*place, number))
    elif isinstance(body, str):
        yield place, body


def replaced(body: Any, place: tuple[Any, ...], text: str) -> Any:
    """``body`` with another text in a place."""
    if not place:
        return text
    changed = deepcopy(body)
    inner = changed
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = text
    return changed


def requests(told: Description, method: str, path: str, operation: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What to send, one unfit text in each: the field it stands in, and how to send it."""
    parameters = operation.get("parameters", [])
    examples = {item["name"]: str(told.example(item["schema"])) for item in parameters}
    inside = {item["name"]: quote(examples[item["name"]]) for item in parameters if item["in"] == "path"}
    query = {item["name"]: examples[item["name"]] for item in parameters if item["in"] == "query" and item["required"]}
    body = operation.get("requestBody", {}).get("content", {})
    unfit_in_addresses = [text for text in UNFIT if "\x00" in text]  # half a letter cannot be written in one
    base: dict[str, Any] = {"method": method, "params": query}
    sent = {**base, "url": path.format(**inside)}
    if "application/json" in body:
        sent["json"] = told.example(body["application/json"]["schema"])
    for item in parameters:
        for text in unfit_in_addresses:
            if item["in"] == "path":
                yield item["name"], {**sent, "url": path.format(**{**inside, item["name"]: quote(text, safe="")})}
            elif item["in"] == "query" and told.is_text(item["schema"]):
                yield item["name"], {**sent, "params": {**query, item["name"]: text}}
    if "application/json" in body:
        for place, _ in texts_in(sent["json"]):
            for text in UNFIT:
                content = json.dumps(replaced(sent["json"], place, text))
                named = next((str(part) for part in reversed(place) if isinstance(part, str)), "")
                request = {name: value for name, value in sent.items() if name != "json"}
                yield named, {**request, "content": content, "headers": {"content-type": "application/json"}}
    if "multipart/form-data" in body:
        schema = told.whole(body["multipart/form-data"]["schema"])
        files = {name for name, field in schema["properties"].items() if "contentMediaType" in field}
        fields = {name: told.example(field) for name, field in schema["properties"].items() if name not in files}
        for name in fields:
            for text in unfit_in_addresses:
                yield name, {**sent, "data": {**fields, name: text}, "files": dict.fromkeys(files, b"nik\n1\n")}


@pytest.mark.parametrize(("service", "keys"), SETTINGS, ids=lambda value: getattr(value, "name", ""))
async def test_no_text_that_cannot_be_stored_passes_any_route(
    service: AnyService, keys: tuple[str, ...], migrated_database: MakeMigrated, tmp_path: Path
) -> None:
    async with opened(service, keys, migrated_database, tmp_path) as api:
        told = Description((await api.get("/openapi.json")).json())
        wrong, sent = [], 0
        for method, path, operation in told.operations():
            for field, request in requests(told, method, path, operation):
                headers = {**person("somebody", *Role), **request.pop("headers", {})}
                answer = await api.request(headers=headers, **request)
                sent += 1
                named = [error["pointer"] for error in answer.json().get("errors", [])]
                if answer.status_code != 422 or not any(field in pointer.split("/") for pointer in named):
                    wrong.append((method, path, field, answer.status_code, named))
        assert wrong == []
        assert sent >= 4
