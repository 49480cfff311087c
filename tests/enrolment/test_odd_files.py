"""An entry in the exchange folder that is no file of BPJS's is refused in sight; the answers beside it are taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.exchange import Exchange
from tests.enrolment.kit import accepted_row, answer_lines, granted, list_members, put_answer, register, rows
from tests.odd_entries import left_in, put_odd_entries
from tests.service_world import ServiceWorld

World = ServiceWorld[Any]


async def answered(world: World, folder: Path) -> str:
    """An answer that waits in the folder."""
    workers = await register(world, rows(1))
    await world.feed(granted(workers[0]))
    await list_members(world)
    return put_answer(folder, answer_lines([accepted_row(workers[0])]))


async def import_answers(world: World) -> None:
    for _ in range(3):
        await world.run_job("import-answers")


async def test_odd_entries_hold_up_no_answer_and_each_is_a_case(world: World, exchange_folder: Path) -> None:
    name = await answered(world, exchange_folder)
    odd = put_odd_entries(exchange_folder / "in", name.removesuffix(".csv"))
    await import_answers(world)
    assert left_in(exchange_folder / "in") == ["lost+found"]
    assert left_in(exchange_folder / "done") == [name]
    assert len(left_in(exchange_folder / "refused")) == odd
    assert await world.value("SELECT count(*) FROM review_case WHERE kind = 'file-refused'") == odd
    reasons = await world.rows("SELECT DISTINCT reason FROM exchange_file WHERE state = 'refused' ORDER BY 1")
    assert {row["reason"] for row in reasons} <= {"name-unknown", "not-a-file", "name-used-for-other-content"}
    assert await world.value("SELECT status FROM worker") == "enrolled"


async def test_files_that_cannot_be_read_moved_or_found_hold_up_no_other(
    world: World, exchange_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = await answered(world, exchange_folder)
    for odd in ("a-broken-disk_1.csv", "a-stuck_1.csv"):
        (exchange_folder / "in" / odd).write_text("x")
    gone = exchange_folder / "in" / f"{name.removesuffix('.csv')}_2.csv"
    gone.write_text("x")
    digest, archive = Exchange.digest, Exchange.archive

    def failing(self: Exchange, name: str, **options: Any) -> str:
        if "broken-disk" in name:
            raise OSError(5, "Input/output error")
        found = digest(self, name, **options)
        if name == gone.name:
            gone.unlink()
        return found

    def stuck(self: Exchange, name: str, **options: Any) -> None:
        if "stuck" in name:
            raise PermissionError(1, "Operation not permitted")
        archive(self, name, **options)

    monkeypatch.setattr(Exchange, "digest", failing)
    monkeypatch.setattr(Exchange, "archive", stuck)
    await import_answers(world)
    assert left_in(exchange_folder / "done") == [name]
    assert left_in(exchange_folder / "in") == ["a-broken-disk_1.csv", "a-stuck_1.csv"]
