"""An entry in the exchange folder that is no file of BPJS's is refused in sight; the bills beside it are taken."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from shared.exchange import Exchange
from tests.odd_entries import left_in, put_odd_entries
from tests.subsidy.play import TREASURER, Play


async def asked(play: Play) -> str:
    """A bill that BPJS is asked for."""
    _, run, _ = await play.funded(2)
    bill = await play.done(f"/month-runs/{run}/bills", {}, TREASURER)
    await play.world.run_job("send")
    return str(bill["bill_id"])


async def test_odd_entries_hold_up_no_bill_and_each_is_a_case(play: Play) -> None:
    bill = await asked(play)
    odd = put_odd_entries(play.folder / "in", "bill")
    play.answer_bill(bill)
    for _ in range(3):
        await play.received()
    assert left_in(play.folder / "in") == ["lost+found"]
    assert len(left_in(play.folder / "refused")) == odd
    assert len(left_in(play.folder / "done")) == 1
    cases = await play.cases("file-refused")
    assert len(cases) == odd
    assert all(case["subject"].isprintable() for case in cases)
    assert {case["details"]["reason"] for case in cases} == {"name-unknown", "not-a-file"}


async def test_a_file_that_cannot_be_moved_or_read_holds_up_no_other(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = await asked(play)
    put = play.folder / "in"
    put.mkdir(parents=True, exist_ok=True)
    for number in range(25):
        (put / f"a-broken-disk_{number:02d}.csv").write_text("x")
        (put / f"a-stuck_{number:02d}.csv").write_text("x")
    play.answer_bill(bill)
    digest, archive = Exchange.digest, Exchange.archive

    def failing(self: Exchange, name: str, **options: Any) -> str:
        if "broken-disk" in name:
            raise OSError(5, "Input/output error")
        return digest(self, name, **options)

    def stuck(self: Exchange, name: str, **options: Any) -> None:
        if "stuck" in name:
            raise PermissionError(1, "Operation not permitted")
        archive(self, name, **options)

    monkeypatch.setattr(Exchange, "digest", failing)
    monkeypatch.setattr(Exchange, "archive", stuck)
    for _ in range(4):
        await play.received()
    assert [path.name for path in (play.folder / "done").iterdir()] == [f"bill_{bill}.csv"]


async def test_a_file_that_vanishes_once_its_hash_is_known_holds_up_no_other(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = await asked(play)
    play.answer_bill(bill)
    gone = play.folder / "in" / f"bill_{bill[:-4]}0000.csv"
    gone.write_text("x")
    real = Exchange.open

    def vanishing(self: Exchange, name: str, **options: Any) -> Any:
        if name == gone.name and not options:
            with contextlib.suppress(FileNotFoundError):
                gone.unlink()
        return real(self, name, **options)

    monkeypatch.setattr(Exchange, "open", vanishing)
    for _ in range(2):
        await play.received()
    assert left_in(Path(play.folder / "done")) == [f"bill_{bill}.csv"]
