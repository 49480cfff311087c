"""The role `verify` and the audit record, on the stamp book; and the comparison of facts, on files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from uuid import uuid4

import pytest

from shared import audit
from shared.verification import FactsFile, compare_facts
from tests.service_world import ServiceWorld, service_world
from tests.shared.demo import handlers
from tests.shared.demo.app import SERVICE
from tests.shared.demo_contracts import StampAdded


async def _filled(world: ServiceWorld[StampAdded]) -> None:
    booklet = uuid4()
    async with world.outbox.unit_of_work() as work:
        await handlers.add_stamps(work, booklet, 3, 10)
        for action in ("open", "fill", "close"):
            await audit.record(work, work.moment, "clerk", action, f"booklet {booklet}", {"stamps": 3, "note": "é"})
    await world.feed(*await world.emitted(StampAdded))


async def test_a_whole_service_verifies_and_its_facts_agree(migrated_url: str, tmp_path: Path) -> None:
    async with service_world(SERVICE, migrated_url) as world:
        await _filled(world)
        assert await world.verify(tmp_path) == {"parked": [], "audit": [], "booklets": []}
        files = [FactsFile("stamps", side, "demo", tmp_path / f"stamps.{side}.{SERVICE.name}.tsv") for side in _SIDES]
        assert compare_facts(files) == {"stamps": []}
        await world.break_by_hand("UPDATE stamp_total SET stamps = stamps + 1")
        await world.break_by_hand("UPDATE booklet SET version = 9")
        broken = await world.verify(tmp_path)
        assert "9 additions, 3 stamps" in broken["booklets"][0].sentence
        assert len(compare_facts(files)["stamps"]) == 1


_SIDES: tuple[Literal["source", "copy"], ...] = ("source", "copy")


@pytest.mark.parametrize(
    ("damage", "row"),
    [
        ("UPDATE audit_entry SET actor = 'nobody' WHERE position = 2", "audit_entry 2"),
        ('UPDATE audit_entry SET details = \'{"stamps": 4, "note": "é"}\' WHERE position = 3', "audit_entry 3"),
        ("UPDATE audit_entry SET moment = moment + interval '1 second' WHERE position = 1", "audit_entry 1"),
        ("DELETE FROM audit_entry WHERE position = 2", "audit_entry 2"),
        ("DELETE FROM audit_entry WHERE position = 3", "audit_head"),
        ("DELETE FROM audit_entry", "audit_head"),
        (
            "INSERT INTO audit_entry SELECT 4, moment, actor, action, subject, details, hash FROM audit_entry "
            "WHERE position = 3",
            "audit_entry 4",
        ),
        ("DELETE FROM audit_head", "audit_head"),
    ],
)
async def test_a_touched_audit_record_shows(migrated_url: str, tmp_path: Path, damage: str, row: str) -> None:
    async with service_world(SERVICE, migrated_url) as world:
        await _filled(world)
        await world.break_by_hand(damage)
        assert row in [one.row for one in (await world.verify(tmp_path))["audit"]]


@pytest.mark.parametrize(
    ("sources", "copy", "sentences"),
    [
        (["a\t1\nb\t2\n"], "a\t1\nb\t2\n", []),
        (["a\t1\n", "b\t2\n"], "a\t1\nb\t2\n", []),
        (["a\t1\nb\t2\n"], "a\t1\n", ["b"]),
        (["a\t1\n"], "a\t1\nb\t2\n", ["b"]),
        (["a\t1\n"], "a\t1\na\t1\n", ["a"]),
        (["a\t1\na\t1\n"], "a\t1\n", ["a", "a"]),
        (["a\t1\n", "a\t1\n"], "a\t1\n", ["a", "a"]),
        (["a\t1\nb\t2\nc\t3\n"], "a\t1\nb\t9\nc\t3\n", ["b"]),
        ([], "a\t1\n", ["a"]),
    ],
)
def test_facts_that_do_not_agree_are_named(tmp_path: Path, sources: list[str], copy: str, sentences: list[str]) -> None:
    files = []
    for number, text in enumerate(sources):
        path = tmp_path / f"source{number}"
        path.write_text(text)
        files.append(FactsFile("f", "source", f"s{number}", path))
    (tmp_path / "copy").write_text(copy)
    files.append(FactsFile("f", "copy", "c", tmp_path / "copy"))
    assert [one.row for one in compare_facts(files)["f"]] == [f"f {key}" for key in sentences]
