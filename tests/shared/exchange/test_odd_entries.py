"""One odd entry in an exchange folder holds up no other file, and its name does no harm where it is shown."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from shared.exchange import Exchange, ExchangeError
from tests.odd_entries import left_in, put_odd_entries


def test_every_entry_is_listed_under_a_name_that_can_be_stored_and_shown(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    odd = put_odd_entries(tmp_path / "in", "bill")
    (tmp_path / "in" / "bill_1.csv").write_text("one")
    (tmp_path / "in" / ".bill_2.csv").write_text("hidden")
    (tmp_path / "in" / "bill_3.csv.tmp").write_text("being written")
    names = exchange.incoming()
    assert len(names) == odd + 1
    for name in names:
        assert name.isprintable()
        assert len(name.encode()) <= 255
        assert not name.startswith(".")
    assert exchange.incoming() == names, "a name does not change again"
    assert "bill_\\xff\\xfe.csv" in names
    assert "bill_1\\n2026-11-10 [error] forged.csv" in names


def test_what_is_no_file_is_refused_and_can_be_put_away(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    odd = put_odd_entries(tmp_path / "in", "bill")
    reasons: dict[str, int] = {}
    for name in exchange.incoming():
        try:
            exchange.digest(name)
        except ExchangeError as refused:
            reasons[refused.reason] = reasons.get(refused.reason, 0) + 1
        exchange.archive(name, refused=True)
    assert reasons == {"not-a-file": 6}
    assert left_in(tmp_path / "in") == ["lost+found"]
    assert len(left_in(tmp_path / "refused")) == odd


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = Exchange(tmp_path)
    exchange.incoming()
    (tmp_path / "in" / "bill_1.csv").write_text("one")
    real = os.open

    def denied(path: Any, *args: Any, **options: Any) -> int:
        if str(path).endswith("bill_1.csv"):
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **options)

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(ExchangeError, match="may not be read") as refused:
        exchange.digest("bill_1.csv")
    assert refused.value.reason == "not-readable"


def test_long_names_and_equal_ones_are_archived_beside_each_other(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    exchange.incoming()
    for _ in range(3):
        (tmp_path / "in" / f"{'b' * 251}.csv").write_text("x")
        (tmp_path / "in" / "bill_1.csv").symlink_to(tmp_path / "nowhere")
        for name in exchange.incoming():
            exchange.archive(name, refused=True)
    assert left_in(tmp_path / "in") == []
    assert len(left_in(tmp_path / "refused")) == 6


def test_two_names_that_are_shown_alike_stay_two_files(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    exchange.incoming()
    folder = os.fsencode(tmp_path / "in")
    for name in (b"bill_\xff.csv", b"bill_\\xff.csv"):
        with open(folder + b"/" + name, "wb") as file:
            file.write(name)
    assert {exchange.read(name) for name in exchange.incoming()} == {b"bill_\xff.csv", b"bill_\\xff.csv"}


def test_a_file_that_vanishes_while_it_is_renamed_is_no_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = Exchange(tmp_path)
    put_odd_entries(tmp_path / "in", "bill")

    def gone(*_: Any) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(os, "rename", gone)
    assert all(name.isprintable() for name in exchange.incoming())


def test_what_is_hidden_and_no_draft_disturbs_no_writer(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    (tmp_path / "out" / ".folder.tmp").mkdir(parents=True)
    os.utime(tmp_path / "out" / ".folder.tmp", (0, 0))
    exchange.write("group-list_1.csv", ["x"])
    assert (tmp_path / "out" / "group-list_1.csv").read_text() == "x\n"
