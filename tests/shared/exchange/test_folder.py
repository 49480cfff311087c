"""Files of another organisation may be damaged, hostile or half written; ours are whole and leave nothing behind."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import time
from pathlib import Path

import pytest

from shared.exchange import (
    Exchange,
    ExchangeError,
    RecordReader,
    RecordsError,
    header_line,
    read_records,
    trailer_line,
    write_records,
)

COLUMNS = ("worker_ref", "reason")


def content_of(*rows: tuple[str, str]) -> bytes:
    return "\n".join(write_records(COLUMNS, rows)).encode()


def test_what_is_written_is_read_again() -> None:
    rows = [("1", 'koma, "kutip"'), ("2", "dua\nbaris"), ("3", "dua\rbaris\r\n4,palsu")]
    found, total_rupiah = read_records(content_of(*rows), COLUMNS)
    assert [(row["worker_ref"], row["reason"]) for row in found] == rows
    assert total_rupiah == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content.replace(b"sebab", b"se\x00bab"),
        lambda content: content.replace(b"sebab", b"se\xffbab"),
        lambda content: content.rpartition(b"\n")[0],
        lambda content: content[:-4],
        lambda content: content + b"\n1,lagi",
        lambda content: content.replace(b"TRAILER,1", b"TRAILER,2"),
        lambda content: content.replace(b"sebab", b"x" * 200_000),
        lambda content: content.replace(b"1,sebab", b"1,sebab,lagi"),
        lambda content: b"",
    ],
)
def test_a_damaged_file_is_refused_with_a_sentence_that_quotes_nothing(damage: object) -> None:
    content = damage(content_of(("1", "sebab")))  # type: ignore[operator]
    with pytest.raises(RecordsError) as refused:
        read_records(content, COLUMNS)
    assert "bab" not in refused.value.safe_message


def test_names_lead_nowhere_else(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path / "pertukaran berkas")
    for name in ("../x_1.csv", "/etc/x_1.csv", ".x_1.csv", "x_1.csv\n", "X_1.csv", "x_../../1.csv", "x_1.exe"):
        with pytest.raises(ExchangeError):
            exchange.write(name, ["x"])
    with pytest.raises(FileNotFoundError):
        exchange.read("../../etc/passwd")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path / "exchange")
    (tmp_path / "keys").write_text("secret")
    exchange.incoming()
    (tmp_path / "exchange" / "in" / "bill_1.csv").symlink_to(tmp_path / "keys")
    assert exchange.incoming() == ["bill_1.csv"], "in sight, so that it can be refused"
    with pytest.raises(ExchangeError, match="link"):
        exchange.read("bill_1.csv")
    exchange.archive("bill_1.csv", refused=True)
    assert exchange.incoming() == []
    assert (tmp_path / "keys").read_text() == "secret"


def test_too_much_is_not_read(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    exchange.incoming()
    (tmp_path / "in" / "bill_1.csv").write_bytes(b"x" * 11)
    with pytest.raises(ExchangeError, match="split"):
        exchange.read("bill_1.csv", max_bytes=10)
    assert len(exchange.read("bill_1.csv", max_bytes=11)) == 11


def test_what_a_killed_writer_left_is_removed_and_a_writer_at_work_is_not_disturbed(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    exchange.write("group-list_1.csv", ["x"])
    left, at_work = tmp_path / "out" / ".left.tmp", tmp_path / "out" / ".at-work.tmp"
    for path in (left, at_work):
        path.write_text("6408010101900001,Siti")
    os.utime(left, (time.time() - 7_200, time.time() - 7_200))
    exchange.write("group-list_2.csv", ["y"])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        ".at-work.tmp", "group-list_1.csv", "group-list_2.csv"
    ]  # fmt: skip
    for path in (tmp_path / "out").glob("group-list*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def lines() -> object:
        yield "6408010101900001,Siti"
        raise RuntimeError

    exchange = Exchange(tmp_path)
    with pytest.raises(RuntimeError):
        exchange.write("group-list_1.csv", lines())  # type: ignore[arg-type]
    assert list((tmp_path / "out").iterdir()) == []


def test_archiving_keeps_both_of_a_name_and_may_be_repeated(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    exchange.incoming()
    for text in ("one", "two"):
        (tmp_path / "in" / "bill_1.csv").write_text(text)
        exchange.archive("bill_1.csv")
        exchange.archive("bill_1.csv")
    kept = {path.name: path.read_text() for path in (tmp_path / "done").iterdir()}
    assert kept == {"bill_1.csv": "one", "bill_1.2.csv": "two"}


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_a_file_is_read_in_pieces_and_a_later_reader_goes_on_where_one_stopped(ending: str, limit: int) -> None:
    written = [(str(number), reason) for number, reason in enumerate(["", "é", 'a "b"', "c,d", "e\nf", "g"] * 3)]
    text = ending.join(write_records(COLUMNS, written)) + ending
    content = text.replace(f"5,g{ending}", f"5,g{ending}{ending}").encode("utf-8-sig")  # an empty line says nothing
    rows: list[list[str]] = []
    offset, ended = 0, False
    while not ended:
        reader = RecordReader(io.BytesIO(content), COLUMNS, offset=offset, count=len(rows))
        piece = reader.read(limit)
        assert len(piece) <= limit
        rows += piece
        offset, ended = reader.offset, reader.ended
    assert [tuple(row) for row in rows] == written


def test_nothing_may_follow_the_trailer_wherever_the_pieces_end() -> None:
    content = content_of(("1", ""), ("2", "")) + b"\n3,more\n"
    for limit in range(1, 6):
        reader = RecordReader(io.BytesIO(content), COLUMNS)
        with pytest.raises(RecordsError, match="last line"):
            for _ in range(6):
                reader.read(limit)


async def test_what_a_database_writes_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    with pytest.raises(RuntimeError):
        async with exchange.writing("bill-request_1.csv") as file:
            file.write(header_line(COLUMNS))
            raise RuntimeError
    assert list((tmp_path / "out").iterdir()) == []
    async with exchange.writing("bill-request_1.csv") as file:
        file.write(header_line(COLUMNS))
        file.write(b"1,satu\n")
        file.write(trailer_line(1, 7))
    rows, total_rupiah = read_records((tmp_path / "out" / "bill-request_1.csv").read_bytes(), COLUMNS)
    assert (rows, total_rupiah) == ([{"worker_ref": "1", "reason": "satu"}], 7)


def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    exchange.incoming()
    content = b"x" * 300_000
    (tmp_path / "in" / "bill_1.csv").write_bytes(content)
    assert exchange.digest("bill_1.csv") == hashlib.sha256(content).hexdigest()
    with pytest.raises(ExchangeError, match="split"):
        exchange.digest("bill_1.csv", max_bytes=10)
