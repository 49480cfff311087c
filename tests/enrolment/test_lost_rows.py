"""Every row of a list is counted somewhere; a list whose rows cannot be told apart is refused, with the row to mend."""

from __future__ import annotations

import io
import string
from datetime import date
from typing import Any

import httpx
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enrolment.rules.roster.header import name_columns
from services.enrolment.rules.roster.refusals import sentences
from services.enrolment.rules.roster.rows import RowChecker
from shared.access.roles import Role
from shared.sheets.content import Inspector
from shared.sheets.csv_reader import CsvReader
from shared.sheets.refusals import FileRefusedError
from shared.sheets.xlsx.reader import read_xlsx
from tests.enrolment.kit import HEADER, rows
from tests.service_world import ServiceWorld, person

GOOD = [",".join(row.cells) for row in rows(3)]
TOP = ",".join(HEADER)


def read(content: bytes, piece: int = 1024 * 1024) -> list[tuple[int, list[str]]]:
    """All records of a file that arrives in pieces."""
    inspector = Inspector()
    inspector.feed(content)
    reader, found = CsvReader(inspector.finish().encoding), []
    for at in range(0, len(content), piece):
        found += reader.feed(content[at : at + piece], is_last=at + piece >= len(content))
    return found


def refusal(content: bytes, piece: int = 1024 * 1024) -> tuple[str, str]:
    """The code of the refusal and the row that it names."""
    with pytest.raises(FileRefusedError) as refused:
        read(content, piece)
    return refused.value.reason.code, refused.value.facts["row"]


def quoted(row: str, column: int, *, left: bool = True, right: bool = True) -> str:
    """The row with quotation marks around a cell, or on one side of it only."""
    cells = row.split(",")
    cells[column] = '"' * left + cells[column] + '"' * right
    return ",".join(cells)


@pytest.mark.parametrize("piece", [700, 10_000, 1024 * 1024])
def test_a_mark_that_is_never_closed_refuses_the_list(piece: int) -> None:
    for column in (0, 4, len(HEADER) - 1):
        lines = [TOP, GOOD[0], quoted(GOOD[1], column, right=False), *GOOD * 300]
        assert refusal("\n".join([*lines, ""]).encode(), piece) == ("quote-open", "3")
        lines.append(quoted(GOOD[2], column))
        assert refusal("\n".join([*lines, ""]).encode(), piece) == ("quote-open", "3")


@pytest.mark.parametrize("between", [0, 1, 3])
def test_rows_between_two_stray_marks_are_not_swallowed(between: int) -> None:
    for first in range(len(HEADER)):
        for second in range(len(HEADER)):
            lines = [TOP, quoted(GOOD[0], first, right=False), *GOOD[:between], quoted(GOOD[1], second, left=False)]
            assert refusal("\n".join([*lines, GOOD[2], ""]).encode()) == ("quote-open", "2"), (first, second)


def test_a_long_cell_a_nul_and_a_last_line_cut_off_are_called_what_they_are() -> None:
    large = GOOD[1].replace(",", f"{'x' * 200_000},", 1)
    assert refusal("\n".join([TOP, GOOD[0], large, ""]).encode()) == ("line-too-long", "3")
    assert refusal("\n".join([TOP, GOOD[0], quoted(large, 0), ""]).encode()) == ("line-too-long", "3")
    assert refusal("\n".join([TOP, GOOD[0], GOOD[1].replace(",", "\x00,", 1)]).encode()) == ("control-sign", "3")
    assert refusal("\n".join([TOP, GOOD[0], GOOD[1].rpartition(",")[0]]).encode()) == ("file-cut-off", "3")
    assert len(read("\n".join([TOP, *GOOD]).encode())) == 4
    for code in ("quote-open", "line-too-long", "control-sign", "file-cut-off"):
        indonesian, english = sentences(code, {"row": "3"})
        assert ("aris 3" in indonesian, "ow 3" in english) == (True, True)


def test_a_mark_in_a_plain_cell_and_a_cell_across_pieces_belong_together() -> None:
    address = list(HEADER).index("alamat")
    lines = [quoted(row, address).replace("RT ", "RT\nnomor\n") for row in GOOD] * 40
    lines[5] = GOOD[0].replace("Warga", 'Pipa 5"')  # from here on marks come in odd numbers
    content = "\n".join([TOP, *lines, ""]).encode()
    whole = read(content)
    assert len(whole) == 1 + 40 * len(GOOD)
    assert (whole[6][1][0][:7], "\n" in whole[7][1][address]) == ('Pipa 5"', True)
    for piece in (97, 640, 5_000):
        assert read(content, piece) == whole


async def test_a_check_list_counts_every_row_or_none(world: ServiceWorld[Any]) -> None:
    niks = [row.nik for row in rows(30)]
    lines = ["nik;nama", *(f"{nik};Siti" for nik in niks), "", "bukan nik;x", f"{niks[0]};lagi", ";", ""]
    damaged = [*lines]
    damaged[4] = f'"{damaged[4]}'
    async with world.api() as api:

        async def send(content: list[str]) -> httpx.Response:
            files = {"file": ("daftar.csv", "\n".join(content).encode())}
            who = person("bpjs-1", Role.BPJS_BRANCH)
            return await api.post("/v1/check-lists", files=files, data={"kind": "deceased"}, headers=who)

        refused, taken = await send(damaged), await send(lines)
    assert (refused.status_code, refused.json()["reason"]) == (422, "quote-open")
    assert "baris 5" in refused.json()["detail"]
    told = taken.json()
    assert (told["rows"], told["refused_rows"], told["added"]) == (32, 1, 30)
    assert await world.value("SELECT count(*) FROM check_list") == 1


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_accepted_refused_empty_and_heading_are_all_rows_of_a_csv(data: st.DataObject) -> None:
    odd = st.text(st.sampled_from("a,;\t'= 1\x00é"), max_size=6)  # one mark at most: two may hold rows together
    blank = st.sampled_from(["", "," * (len(HEADER) - 1), "  "])
    lines = data.draw(st.lists(st.one_of(st.sampled_from(GOOD), blank, odd), min_size=1, max_size=12))
    if data.draw(st.booleans(), label="a mark somewhere"):
        at = data.draw(st.integers(0, len(lines) - 1))
        place = data.draw(st.integers(0, len(lines[at])))
        lines[at] = f'{lines[at][:place]}"{lines[at][place:]}'
    content = "\n".join([TOP, *lines, ""]).encode()
    try:
        records = read(content, data.draw(st.sampled_from([40, 300, 5_000])))
    except FileRefusedError:
        return
    counted(records, [line.replace(",", "") for line in lines])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(GOOD), st.sampled_from(["", ",,", "a", "x" * 40_001])), max_size=12))
def test_accepted_refused_empty_and_heading_are_all_rows_of_a_workbook(lines: list[str]) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate([TOP, *lines]):
            for column, cell in enumerate(line.split(",")):
                sheet.write_string(number, column, cell[:32_767])
    counted(list(read_xlsx(buffer.getvalue())), [line.replace(",", "") for line in lines])


def counted(records: list[tuple[int, list[str]]], lines: list[str]) -> None:
    """The first record is the heading; each of ``lines`` that holds something is judged once, by its own number."""
    checker = RowChecker(name_columns(records[0][1]), ["6402"], frozenset({"6402", "6471"}), date(2026, 11, 10))
    judged = [row for number, cells in records[1:] if (row := checker.check(number, cells)) is not None]
    empty = sum(not line.strip(string.whitespace) for line in lines)
    assert len(judged) + empty == len(lines)
    assert [row.row_number for row in judged] == [n for n, line in enumerate(lines, 2) if line.strip()]
