"""What has run in some database never changes: a later migration brings every database along, an edited one none."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

import pytest

from shared.service import kit_tables
from shared.service.migrations import Migrations

# The SQL of each migration that has been on main. A new one gets a line; no line ever changes.
FROZEN = {
    "compliance 0001": "7c413e1ddeb15ea3",
    "compliance 0002": "eb76d33903efd5cc",
    "compliance 0003": "de32e8e8a30b783f",
    "compliance 0004": "097a8877f9e25260",
    "enrolment 0001": "2ea87c2656e6081c",
    "enrolment 0002": "24e67aa722994360",
    "enrolment 0003": "74554cde1a1b5c56",
    "enrolment 0004": "eb76d33903efd5cc",
    "enrolment 0005": "1784116ae6f04b7b",
    "enrolment 0006": "de32e8e8a30b783f",
    "enrolment 0007": "097a8877f9e25260",
    "enrolment 0008": "fa855eff69f3c8dc",
    "notification 0001": "d42594d2c2e8daa5",
    "notification 0002": "eb76d33903efd5cc",
    "notification 0003": "de32e8e8a30b783f",
    "notification 0004": "097a8877f9e25260",
    "notification 0005": "3babf7f67655d0f2",
    "subsidy 0001": "b24198d553cccd5a",
    "subsidy 0002": "869c4ebc88194e88",
    "subsidy 0003": "becebc1bebf077bd",
    "subsidy 0004": "eb76d33903efd5cc",
    "subsidy 0005": "8c05da6846aa461b",
    "subsidy 0006": "de32e8e8a30b783f",
    "subsidy 0007": "097a8877f9e25260",
}


def _sql(package: str, revision: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the way up runs, without comments and line breaks."""
    ran: list[str] = []

    def run(statements: Iterable[str]) -> None:
        ran.extend(statements)

    monkeypatch.setattr(kit_tables, "run_statements", run)
    step = Migrations(package).script.get_revision(revision)
    assert step is not None
    step.module.upgrade()
    return " ".join(re.sub(r"--[^\n]*", "", ";".join(ran)).split())


def _revisions() -> list[tuple[str, str]]:
    services = ("compliance", "enrolment", "notification", "subsidy")
    return [(name, revision) for name in services for revision in Migrations(f"services.{name}.migrations").history]


@pytest.mark.parametrize(("service", "revision"), _revisions())
def test_a_migration_is_what_it_was(service: str, revision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = _sql(f"services.{service}.migrations", revision, monkeypatch)
    found = hashlib.sha256(text.encode()).hexdigest()[:16]
    line = f'"{service} {revision}": "{found}",'
    assert found == FROZEN.get(f"{service} {revision}"), f"Leave it as it was. A new migration gets the line {line}"


def test_no_migration_is_taken_away() -> None:
    assert {f"{service} {revision}" for service, revision in _revisions()} == set(FROZEN)
