"""How roster files are read: pure, without a database."""

from __future__ import annotations

import csv
import io
import os
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enrolment.rules.roster.header import name_columns
from services.enrolment.rules.roster.refusals import advice, sentences
from services.enrolment.rules.roster.rows import CheckedRow, RowChecker
from shared.sheets.content import Content, Inspector
from shared.sheets.csv_reader import CsvReader
from shared.sheets.delimiter import sniff_delimiter
from shared.sheets.refusals import FileRefusedError
from tests.enrolment.kit import HEADER, Row, changed, rows

IS_LONG = os.environ.get("PAYUNG_FAULTS") == "long"
TODAY = date(2026, 11, 10)
REGENCIES = frozenset({"6402", "6471"})


def inspect(*chunks: bytes) -> Content:
    inspector = Inspector()
    for chunk in chunks:
        inspector.feed(chunk)
    return inspector.finish()


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"nama\nSiti\n", "utf-8"),
        (b"\xef\xbb\xbfnama\n", "utf-8"),
        ("nama\nJosé\n".encode(), "utf-8"),
        ("nama\nJosé\n".encode("cp1252"), "cp1252"),
    ],
)
def test_encodings(content: bytes, encoding: str) -> None:
    assert inspect(content) == Content("csv", encoding, len(content))


def test_a_letter_across_two_chunks_is_still_utf_8() -> None:
    text = "é".encode()
    assert inspect(b"nama\n" + text[:1], text[1:]).encoding == "utf-8"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "file-empty"),
        (b"\xef\xbb\xbf \r\n", "file-empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "file-old-excel"),
        ("nama".encode("utf-16"), "file-utf-16"),
        (b"\x89PNG\r\n\x1a\n\x00", "file-not-a-table"),
        (b"%PDF-1.7\n\x00", "file-not-a-table"),
        (b"nama,nik\nSi\x00ti,1\n", "control-sign"),
        (b"nama\n\x81\x8d\n", "file-encoding"),
    ],
)
def test_what_is_no_table(content: bytes, reason: str) -> None:
    with pytest.raises(FileRefusedError) as refused:
        inspect(content)
    assert refused.value.reason.code == reason


def test_delimiters() -> None:
    assert sniff_delimiter("nama,nik") == ","
    assert sniff_delimiter('"nama, lengkap";nik;desil') == ";"
    assert sniff_delimiter("nama\tnik") == "\t"
    assert CsvReader("utf-8").feed(b"sep=;\nnama;nik\n", is_last=True) == [(2, ["nama", "nik"])]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_line_ends(line_end: bytes) -> None:
    content = line_end.join([b"nama,nik", b'"Siti, A",1', b"Budi,2"])
    assert [cells for _, cells in CsvReader("utf-8").feed(content, is_last=True)] == [
        ["nama", "nik"],
        ["Siti, A", "1"],
        ["Budi", "2"],
    ]


# A cell with a line break that holds as many separators as a row may be two rows, and refuses the file.
CELL = st.text(st.sampled_from('aé,"\n ;x'), max_size=2).filter(lambda text: not {",", "\n"} <= set(text))


@settings(max_examples=500 if IS_LONG else 60, deadline=None)
@given(st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=12), st.integers(1, 40), st.data())
def test_pieces_give_what_the_whole_gives(table: list[list[str]], piece: int, data: st.DataObject) -> None:
    """However the file is cut, and wherever another process goes on, the records are the same."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(table)
    content = ("h1,h2\n" + buffer.getvalue()).encode()
    whole = CsvReader("utf-8").feed(content, is_last=True)
    reader, got, at = CsvReader("utf-8"), [], 0
    while at < len(content):
        chunk = content[at : at + piece]
        at += len(chunk)
        got += reader.feed(chunk, is_last=at == len(content))
        if data.draw(st.booleans(), label="another process") and at < len(content):
            at = reader.consumed_bytes
            reader = CsvReader("utf-8", delimiter=reader.delimiter, consumed_bytes=at, next_row=reader.next_row)
            piece += 8  # so that a record that is longer than a piece ends some time
    assert got == whole
    assert [cells for _, cells in whole[1:]] == table


def test_an_open_quotation_mark_is_refused_and_not_swallowed() -> None:
    content = b'nama,nik\n"Siti,1\n' + b"Budi,2\n" * 20_000
    with pytest.raises(FileRefusedError) as refused:
        CsvReader("utf-8").feed(content, is_last=True)
    assert refused.value.reason.code == "quote-open"
    assert sentences("quote-open", refused.value.facts)[0].startswith("Tanda kutip di sekitar baris 2")


def test_a_quotation_mark_inside_a_cell_is_no_trouble() -> None:
    content = b'nama,nik\nPipa 5" besar,1\n' + b"Budi,2\n" * 20
    assert len(CsvReader("utf-8").feed(content, is_last=True)) == 22


def test_headings() -> None:
    assert name_columns(["Nama Lengkap", "NO. KTP", *HEADER[2:], "catatan"])[:2] == ["nama", "nik"]
    for header, reason, named in (
        (["nama", "nik"], "columns-missing", "tanggal_lahir"),
        ([*HEADER, "no_ktp"], "columns-doubled", "nik"),
        (["x"] * 100, "columns-too-many", "64"),
    ):
        with pytest.raises(FileRefusedError) as refused:
            name_columns(header)
        assert refused.value.reason.code == reason
        assert named in sentences(reason, refused.value.facts)[0]


def judge(row: Row, **values: str) -> CheckedRow:
    checker = RowChecker(name_columns(HEADER), ["6402"], REGENCIES, TODAY)
    judged = checker.check(2, changed(row, **values).cells)
    assert judged is not None
    return judged


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"nik": ""}, "nik-empty"),
        ({"nik": "123"}, "nik-length"),
        ({"nik": "6402013213800001"}, "nik-date-impossible"),
        ({"nik": "6402010101800000"}, "nik-serial-zero"),
        ({"nik": "6.40201E+15"}, "nik-spreadsheet-number"),
        ({"nama": "  "}, "name-missing"),
        ({"nama": "x" * 151}, "name-missing"),
        ({"tanggal_lahir": "1980-02-30"}, "birth-date-impossible"),
        ({"tanggal_lahir": "2026-11-11"}, "birth-date-impossible"),
        ({"tanggal_lahir": ""}, "birth-date-impossible"),
        ({"jenis_kelamin": "X"}, "sex-unknown"),
        ({"kode_desa": "6499012001"}, "village-unknown"),
        ({"kode_desa": "640201"}, "village-unknown"),
        ({"kode_desa": "6402000000"}, "village-unknown"),
        ({"kode_desa": "6471011001"}, "outside-area"),
        ({"kode_pekerjaan": "petani"}, "occupation-malformed"),
        ({"status_bekerja": "mungkin"}, "working-unknown"),
        ({"desil": "11"}, "decile-unknown"),
        ({"desil": "4,0"}, "decile-unknown"),
        ({"nama": "=cmd|' /C calc'!A0"}, "formula"),
        ({"alamat": "@SUM(A1)"}, "formula"),
        ({"alamat": "+1+1"}, "formula"),
        ({"email": "-2+3"}, "formula"),
        ({"telepon": "+62=cmd"}, "formula"),
    ],
)
def test_rows_that_are_refused(values: dict[str, str], reason: str) -> None:
    judged = judge(rows(1)[0], **values)
    assert judged.person is None
    assert judged.reason == reason
    assert advice([reason])


@pytest.mark.parametrize(
    ("values", "notes"),
    [
        ({}, ()),
        ({"telepon": "12"}, ("phone-not-mobile",)),
        ({"telepon": "+62 812-3456-7890"}, ()),
        ({"telepon": "8,12E+11"}, ("phone-rounded",)),
        ({"telepon": "+6,2812E+12"}, ("phone-rounded",)),
        ({"telepon": "+6281234567890/+6281234567891"}, ("phone-more-than-one",)),
        ({"telepon": "0812345678-12"}, ("phone-unclear",)),
        ({"email": "bukan surel"}, ("email-dropped",)),
        ({"alamat": "x" * 400}, ("address-cut",)),
        ({"tanggal_lahir": "1971-06-01"}, ("birth-date-differs",)),
        ({"jenis_kelamin": "P"}, ("sex-differs",)),
        ({"alamat": "-", "telepon": "-"}, ()),
        ({"tanggal_lahir": "01/06/1970", "kode_desa": "64.02.01.2001"}, ()),
        ({"kode_pekerjaan": "z99", "desil": "10", "status_bekerja": "Tidak"}, ()),
    ],
)
def test_rows_that_are_accepted(values: dict[str, str], notes: tuple[str, ...]) -> None:
    judged = judge(rows(1)[0], **values)
    assert judged.reason is None
    assert judged.notes == notes


@pytest.mark.parametrize(
    "written",
    [
        "081234567890.0",
        "81234567890.0",
        "6281234567890,0",
        "+62 812-3456-7890.0",
        "'81.234.567.890",
        "8.1234567890E+10",
    ],
)
def test_a_phone_that_a_spreadsheet_wrote_as_a_quantity_is_the_persons_own(written: str) -> None:
    judged = judge(rows(1)[0], telepon=written)
    assert judged.person is not None
    assert (judged.person.phone, judged.notes) == ("+6281234567890", ())


def test_rows_of_another_width() -> None:
    checker = RowChecker(name_columns(HEADER), ["64"], REGENCIES, TODAY)
    cells = rows(1)[0].cells
    longer = checker.check(2, [*cells, "", " "])
    assert longer is not None
    assert longer.person is not None
    for wrong in (cells[:-1], [*cells, "x"]):
        judged = checker.check(2, wrong)
        assert judged is not None
        assert judged.reason == "cells"
    assert checker.check(3, [""] * len(cells)) is None
    assert checker.check(3, []) is None
    assert checker.check(3, ["  "] * 3) is None


def test_names_are_cleaned_but_not_changed() -> None:
    judged = judge(rows(1)[0], nama="  Siti\u00a0\u200bAminah\tbinti  Ali ")
    assert judged.person is not None
    assert judged.person.name.split()[-1] == "Ali"
    assert "\t" not in judged.person.name
