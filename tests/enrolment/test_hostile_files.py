"""Files that mean harm: none may take memory, end the process, or leave something behind that a spreadsheet runs."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date

import pytest
import xlsxwriter

from services.enrolment.rules.roster.header import name_columns
from services.enrolment.rules.roster.refusals import sentences
from services.enrolment.rules.roster.rows import RowChecker
from shared.sheets.csv_reader import CsvReader
from shared.sheets.refusals import FileRefusedError
from shared.sheets.xlsx.reader import read_xlsx
from tests.enrolment.kit import HEADER, rows
from tests.enrolment.test_roster_reading import REGENCIES, TODAY, judge

NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
MOST_MEMORY_BYTES = 48 * 1024 * 1024


def book(cells: str, *, texts: str | None = None, file: str = "sheet1.xml", cut: int | None = None) -> bytes:
    """A workbook of a spreadsheet program in which the sheet's rows (and the shared texts) are ours."""
    plain = io.BytesIO()
    made = xlsxwriter.Workbook(plain, {"in_memory": True})
    made.add_worksheet().write_string(0, 0, "nama")
    made.close()
    sheet = f"<worksheet {NAMESPACE}><sheetData>{cells}</sheetData></worksheet>"
    buffer = io.BytesIO()
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for listed in source.namelist():
            name, content = listed, source.read(listed)
            if name.endswith("sheet1.xml"):
                name, content = f"xl/worksheets/{file}", sheet.encode()[:cut]
            elif name.endswith("workbook.xml.rels"):
                content = content.replace(b"sheet1.xml", file.encode())
            elif name.endswith("sharedStrings.xml") and texts is not None:
                content = texts.encode()
            archive.writestr(name, content)
    return buffer.getvalue()


def one(reference: str) -> str:
    return f'<row r="1"><c r="A1"><v>1</v></c><c r="{reference}"><v>1</v></c></row>'


LONG_TEXT = f"<sst {NAMESPACE}><si><t>{'x' * 30_000}</t></si></sst>"
TOO_LONG_TEXT = f"<sst {NAMESPACE}><si><t>{'x' * 1_000_000}</t></si></sst>"
WORKBOOKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "far column": (lambda: book(one("XFD1")), "xlsx-too-large"),
    "far row": (lambda: book(one("B1") + '<row r="1048576"><c><v>1</v></c></row>'), "xlsx-too-large"),
    "zeros": (lambda: book(f'<row r="{"0" * 20}1048576"><c r="A1"><v>1</v></c></row>'), "xlsx-too-large"),
    "no references": (lambda: book(f"<row>{'<c><v>1</v></c>' * 100_000}</row>"), "xlsx-too-large"),
    "many rows": (lambda: book('<row r="100001"><c><v>1</v></c></row><row><c><v>1</v></c></row>'), "xlsx-too-large"),
    "another ending": (lambda: book(one("XFD1"), file="sheet1.bin"), "xlsx-too-large"),
    "rows backwards": (lambda: book('<row r="2"/><row r="1"/>'), "xlsx-unreadable"),
    "long text": (lambda: book('<row r="1"><c t="s"><v>0</v></c></row>', texts=TOO_LONG_TEXT), "xlsx-unreadable"),
    "no such text": (lambda: book('<row r="1"><c t="s"><v>7</v></c></row>'), "xlsx-unreadable"),
    "not a number": (lambda: book('<row r="1"><c><v>x</v></c></row>'), "xlsx-unreadable"),
    "cut off": (lambda: book(one("B1"), cut=-30), "xlsx-unreadable"),
}


@pytest.mark.parametrize("name", WORKBOOKS)
def test_workbooks_that_would_take_all_memory_are_refused(name: str) -> None:
    make, reason = WORKBOOKS[name]
    content = make()
    tracemalloc.start()
    try:
        with pytest.raises(FileRefusedError) as refused:
            for _ in read_xlsx(content):
                pass
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused.value.reason.code == reason
    assert most < MOST_MEMORY_BYTES


def test_a_text_that_many_cells_share_is_in_memory_once() -> None:
    many = "".join(f'<row r="{at}"><c r="A{at}" t="s"><v>0</v></c></row>' for at in range(1, 5_001))
    content = book(many, texts=LONG_TEXT)
    tracemalloc.start()
    try:
        assert sum(len(cells[0]) for _, cells in read_xlsx(content)) == 5_000 * 30_000
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < MOST_MEMORY_BYTES


def test_empty_cells_far_away_do_not_matter() -> None:
    """Spreadsheets write them for columns and rows that somebody once coloured."""
    styled = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/></row><row r="1048576"><c r="A1048576" s="1"/></row>'
    assert list(read_xlsx(book(styled))) == [(1, ["1"])]


def test_what_cells_say() -> None:
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer, {"in_memory": True})
    made.add_worksheet("Rahasia").hide()
    sheet = made.add_worksheet()
    sheet.activate()
    day = made.add_format({"num_format": "dd/mm/yyyy"})
    amount = made.add_format({"num_format": '"dm" #,##0.00'})
    sheet.write_row(0, 0, ["a", "b", "c", "d", "e", "f"])
    sheet.write_datetime(1, 0, date(1980, 12, 31), day)
    sheet.write_number(1, 1, 29_586, amount)
    sheet.write_number(1, 2, 6402011506700001)
    sheet.write_boolean(1, 3, True)
    sheet.write_formula(1, 4, '=1&"x"', None, "1x")
    sheet.write_rich_string(3, 0, "Si", day, "ti")
    made.close()
    got = list(read_xlsx(buffer.getvalue()))
    assert got[0] == (1, ["a", "b", "c", "d", "e", "f"])
    assert got[1] == (2, ["1980-12-31", "29586", "6402011506700001.0", "ya", "1x", ""])
    assert got[2] == (4, ["Siti", "", "", "", "", ""])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"nama,nik\n" + b"x" * 300_000, "line-too-long"),
        (b"nama,nik\n" + b"x" * 140_000 + b"\n", "line-too-long"),
        (b'nama,nik\n"' + b"x" * 300_000, "quote-open"),
    ],
)
def test_lines_without_end_say_what_is_wrong(content: bytes, reason: str) -> None:
    with pytest.raises(FileRefusedError) as refused:
        CsvReader("utf-8").feed(content, is_last=False)
        CsvReader("utf-8").feed(content, is_last=True)
    assert refused.value.reason.code == reason
    assert "baris 2" in sentences(reason, refused.value.facts)[0].lower()


def test_line_ends_only_take_no_memory() -> None:
    tracemalloc.start()
    try:
        assert CsvReader("utf-8").feed(b"\n" * 128 * 1024, is_last=False) == []
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 8 * 1024 * 1024


def test_empty_columns_at_the_end_are_no_columns() -> None:
    assert name_columns([*HEADER, *[""] * 300]) == list(HEADER)


def test_an_empty_line_before_the_header_does_not_hide_the_delimiter() -> None:
    assert CsvReader("utf-8").feed(b"\n\nnama;nik\n", is_last=True) == [(3, ["nama", "nik"])]


@pytest.mark.parametrize("hidden", ["\u202a", "\ufeff", "\u200b", "\u200e", "\x7f", "\u2066 \u200b"])
@pytest.mark.parametrize("formula", ["=cmd|' /C calc'!A0", "@SUM(A1)", "\uff1d1+1"])
def test_signs_that_nobody_sees_hide_no_formula(hidden: str, formula: str) -> None:
    judged = judge(rows(1)[0], nama=hidden + formula)
    assert (judged.person, judged.reason) == (None, "formula")


def test_long_cells_are_not_remembered() -> None:
    checker = RowChecker(name_columns(HEADER), ["64"], REGENCIES, TODAY)
    tracemalloc.start()
    try:
        for number in range(1_000):
            cells = list(rows(1)[0].cells)
            cells[5] = f"{number}" + "9" * 50_000
            cells[2] = f"1970-06-01 {number}" + "0" * 50_000
            assert checker.check(2, cells) is not None
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < MOST_MEMORY_BYTES
