"""Every row of a file is counted somewhere; a file whose rows cannot be told apart is refused, with the row to mend."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.compliance.http.problems import sheet_problem
from services.compliance.rules.reading import read_employers, read_payments, read_wages
from services.compliance.rules.rows import EmployerSheet, PaymentSheet, WageSheet
from services.compliance.rules.rulebook import load_rulebook
from services.compliance.rules.sheet import SheetRefusal, SheetRefusedError
from tests.compliance.office import EMPLOYER_HEADER, KOPI, PAYMENT_HEADER, SAWIT, WAGE_HEADER, Office, nik, wage_rows

TODAY = date(2026, 11, 10)
Sheet = EmployerSheet | WageSheet | PaymentSheet
READERS: list[tuple[str, list[str], Callable[[bytes], Sheet]]] = [
    (
        EMPLOYER_HEADER,
        [SAWIT, KOPI, SAWIT.replace("KA0001", "KA0003").replace("3,ya", "x,ya")],
        lambda content: read_employers(content, load_rulebook(), TODAY),
    ),
    (
        WAGE_HEADER,
        [f"KA0001,2026-10,{nik(number)},4500000" for number in range(1, 4)],
        lambda content: read_wages(content, TODAY),
    ),
    (
        PAYMENT_HEADER,
        [f"KA0001,2026-10,P-{number},5,0,2026-11-09" for number in range(1, 4)],
        lambda content: read_payments(content, TODAY),
    ),
]
AS_READER = pytest.mark.parametrize(("header", "rows", "read"), READERS, ids=["employers", "wages", "payments"])


def refusal(read: Callable[[bytes], Sheet], *lines: str, end: str = "\n") -> tuple[SheetRefusal, int | None]:
    with pytest.raises(SheetRefusedError) as refused:
        read(("\n".join(lines) + end).encode())
    return refused.value.reason, refused.value.row


def quoted(row: str, column: int, *, left: bool = True, right: bool = True) -> str:
    """The row with quotation marks around a cell, or on one side of it only."""
    cells = row.split(",")
    cells[column] = '"' * left + cells[column] + '"' * right
    return ",".join(cells)


@AS_READER
def test_a_quotation_mark_that_is_never_closed_refuses_the_file(
    header: str, rows: list[str], read: Callable[[bytes], Sheet]
) -> None:
    many = rows * 100
    for column in range(3):
        lines = [header, rows[0], quoted(rows[1], column, right=False), *many]
        assert refusal(read, *lines) == (SheetRefusal.QUOTE, 3)
        assert refusal(read, *lines, quoted(rows[2], column)) == (SheetRefusal.QUOTE, 3)
    assert refusal(read, header, rows[0], quoted(rows[1], -1, right=False)) == (SheetRefusal.QUOTE, 3)


@AS_READER
@pytest.mark.parametrize("between", [0, 1, 3])
def test_rows_between_two_stray_marks_are_not_swallowed_whatever_columns_they_stand_in(
    header: str, rows: list[str], read: Callable[[bytes], Sheet], between: int
) -> None:
    width = header.count(",") + 1
    for first in range(width):
        for second in range(width):
            lines = [header, quoted(rows[0], first, right=False), *rows[:between], quoted(rows[1], second, left=False)]
            assert refusal(read, *lines, rows[2]) == (SheetRefusal.QUOTE, 2), (first, second)


@AS_READER
def test_a_mark_within_a_quoted_cell_refuses_the_file(
    header: str, rows: list[str], read: Callable[[bytes], Sheet]
) -> None:
    assert refusal(read, header, f'"{rows[0][:2]}"{rows[0][2:]}', *rows[1:]) == (SheetRefusal.QUOTE, 2)


@AS_READER
def test_a_cell_without_end_and_a_nul_are_called_what_they_are(
    header: str, rows: list[str], read: Callable[[bytes], Sheet]
) -> None:
    large = rows[1].replace(",", f"{'x' * 10_000_000},", 1)
    assert refusal(read, header, rows[0], large) == (SheetRefusal.CELL_TOO_LONG, 3)
    assert refusal(read, header, rows[0], quoted(large, 0)) == (SheetRefusal.CELL_TOO_LONG, 3)
    assert refusal(read, header, rows[0], rows[1].replace(",", "\x00,", 1)) == (SheetRefusal.CONTROL_SIGN, 3)


@AS_READER
def test_a_last_line_that_was_cut_off_refuses_the_file(
    header: str, rows: list[str], read: Callable[[bytes], Sheet]
) -> None:
    for cut in (rows[1][:2], rows[1].rpartition(",")[0]):
        assert refusal(read, header, rows[0], cut, end="") == (SheetRefusal.CUT_OFF, 3)
    read("\n".join([header, *rows[:2]]).encode())


@AS_READER
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_taken_refused_empty_and_heading_are_all_rows_of_the_file(
    header: str, rows: list[str], read: Callable[[bytes], Sheet], data: st.DataObject
) -> None:
    """Whatever stands in the rows: either the whole file is refused or each of them is counted once."""
    width = header.count(",") + 1
    odd = st.text(st.sampled_from("a,;\t'= 1\x00é"), max_size=6)  # one mark at most: two may hold rows together
    blank = st.sampled_from(["", "," * (width - 1), "  "])
    lines = data.draw(st.lists(st.one_of(st.sampled_from(rows), blank, odd), min_size=1, max_size=12))
    if data.draw(st.booleans(), label="a mark somewhere"):
        at = data.draw(st.integers(0, len(lines) - 1))
        place = data.draw(st.integers(0, len(lines[at])))
        lines[at] = f'{lines[at][:place]}"{lines[at][place:]}'
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    content = end.join([header, *lines]) + end
    try:
        sheet = read(content.encode())
    except SheetRefusedError:
        return
    empty = sum(not line.replace(",", "").strip() for line in lines)
    assert len(sheet.rows) + len(sheet.refused) + empty == len(lines)
    numbers = [row.number for row in sheet.rows] + [item.number for item in sheet.refused]
    assert sorted(numbers) == [n for n, line in enumerate(lines, 2) if line.replace(",", "").strip()]


def test_a_line_break_within_a_cell_is_one_row() -> None:
    content = "\n".join([EMPLOYER_HEADER, SAWIT.replace("PT Sawit Contoh", '"PT Sawit\nContoh"'), KOPI]).encode()
    sheet = read_employers(content, load_rulebook(), TODAY)
    assert [row.number for row in sheet.rows] == [3]
    assert [(item.number, item.reason) for item in sheet.refused] == [(2, "cell-line-break")]


def test_a_long_cell_refuses_its_row_with_that_reason() -> None:
    sheet = read_wages(f"{WAGE_HEADER}\nKA{'1' * 600},2026-10,{nik(1)},4500000\n".encode(), TODAY)
    assert [(item.number, item.reason) for item in sheet.refused] == [(2, "cell-too-long")]


@pytest.mark.parametrize("reason", [r for r in SheetRefusal if r not in (SheetRefusal.EMPTY, SheetRefusal.UNREADABLE)])
def test_the_sentence_names_the_row_and_what_to_do(reason: SheetRefusal) -> None:
    problem = sheet_problem(SheetRefusedError(reason, ("npp",), row=17))
    assert "unggah" in problem.problem.detail
    if reason not in (SheetRefusal.COLUMNS, SheetRefusal.TOO_MANY_ROWS):
        assert problem.facts == {"row": 17}
        assert "{row}" in problem.problem.detail
        assert "{row}" in problem.problem.detail_en
        assert "UTF-8" not in problem.problem.title


async def test_a_wage_file_with_an_open_mark_leaves_the_debt_as_it_is(office: Office) -> None:
    await office.employers(SAWIT)
    wages = wage_rows("KA0001", "2026-10", [5_000_000] * 200)
    await office.wages(*wages)
    await office.assess("2026-10")
    owed = (await office.contribution("KA0001", "2026-10"))["due_rupiah"]
    wages[3] = quoted(wages[3], 2, right=False)
    answer = await office.upload("wage", "\n".join((WAGE_HEADER, *wages)))
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:payung:problem:file-quote")
    assert "baris 5" in answer.json()["detail"]
    await office.assess("2026-10")
    assert (await office.contribution("KA0001", "2026-10"))["due_rupiah"] == owed
