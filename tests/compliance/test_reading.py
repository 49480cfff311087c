"""Files as offices make them: what is taken, what is refused, row by row, and why."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance.rules import cells
from services.compliance.rules.reading import read_employers, read_payments, read_wages
from services.compliance.rules.reasons import SENTENCES
from services.compliance.rules.rows import WAGE_COLUMNS
from services.compliance.rules.rulebook import load_rulebook
from services.compliance.rules.sheet import SheetRefusal, SheetRefusedError, read_sheet
from tests.compliance.office import EMPLOYER_HEADER, PAYMENT_HEADER, SAWIT, WAGE_HEADER, nik

TODAY = date(2026, 11, 10)
RULEBOOK = load_rulebook()
WAGE = f"KA0001,2026-10,{nik(1)},4500000"


def wages_of(text: str | bytes) -> tuple[list[int], list[tuple[int, str | None]]]:
    """The wages taken and the (row, reason) refused."""
    sheet = read_wages(text.encode() if isinstance(text, str) else text, TODAY)
    return [row.wage_rupiah for row in sheet.rows], [(item.number, item.reason) for item in sheet.refused]


@pytest.mark.parametrize(
    "content",
    [
        f"{WAGE_HEADER}\n{WAGE}\n",
        f"\ufeff{WAGE_HEADER}\r\n{WAGE}\r\n",
        f"{WAGE_HEADER};\n{WAGE};".replace(",", ";"),
        f"{WAGE_HEADER}\n{WAGE}".replace(",", "\t"),
        f" NPP , Bulan ,NIK,Upah Rupiah,catatan\nka 0001,2026-10,{nik(1)},Rp 4.500.000,abc",
        f'upah_rupiah,nik,bulan,npp\n"4.500.000,00",{nik(1)},2026-10,KA0001\n\n,,,\n',
    ],
)
def test_the_usual_forms_of_a_csv_say_the_same(content: str) -> None:
    assert wages_of(content) == ([4_500_000], [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", SheetRefusal.EMPTY),
        (b"\xef\xbb\xbf \r\n", SheetRefusal.EMPTY),
        (WAGE_HEADER.encode(), SheetRefusal.EMPTY),
        (f"{WAGE_HEADER}\n,,,\n".encode(), SheetRefusal.EMPTY),
        (f"npp,bulan,nik\n{WAGE}".encode(), SheetRefusal.COLUMNS),
        (f"npp,npp,bulan,nik,upah_rupiah\nKA0001,{WAGE}".encode(), SheetRefusal.COLUMNS),
        (f"{WAGE_HEADER}\n{WAGE}".encode("utf-16"), SheetRefusal.UNREADABLE),
        (b"PK\x03\x04\x00\x00", SheetRefusal.UNREADABLE),
        (f"{WAGE_HEADER}\n\xe9".encode("latin-1"), SheetRefusal.UNREADABLE),
        (f'{WAGE_HEADER}\n"{"x" * 200_000}'.encode(), SheetRefusal.QUOTE),
    ],
)
def test_a_file_that_cannot_be_taken_at_all(content: bytes, reason: SheetRefusal) -> None:
    with pytest.raises(SheetRefusedError) as refused:
        read_wages(content, TODAY)
    assert refused.value.reason is reason


def test_too_many_rows_are_refused() -> None:
    content = "\n".join((WAGE_HEADER, WAGE, WAGE, WAGE)).encode()
    with pytest.raises(SheetRefusedError) as refused:
        list(read_sheet(content, WAGE_COLUMNS, max_rows=2))
    assert refused.value.reason is SheetRefusal.TOO_MANY_ROWS


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"KA0001,2026-10,{nik(1)}", "row-cells"),
        (f"KA0001,2026-10,{nik(1)},4500000,1", "row-cells"),
        (f'=HYPERLINK("x"),2026-10,{nik(1)},4500000', "cell-formula"),
        (f"@SUM(A1),2026-10,{nik(1)},4500000", "cell-formula"),
        (f"KA0001,2026-10,{nik(1)},=4500000", "cell-formula"),
        (f"KA0001,2026-10,{nik(1)},+cmd|calc", "cell-formula"),
        (f"KA0001,2026-10,{nik(1)},-2+3", "cell-formula"),
        (f"{nik(5)},2026-10,{nik(1)},4500000", "npp-invalid"),
        (f",2026-10,{nik(1)},4500000", "npp-invalid"),
        (f"KA0001,2026-12,{nik(1)},4500000", "month-invalid"),
        (f"KA0001,2026-1,{nik(1)},4500000", "month-invalid"),
        (f"KA0001,2015-06,{nik(1)},4500000", "month-invalid"),
        ("KA0001,2026-10,6.40801E+15,4500000", "nik-spreadsheet-number"),
        ("KA0001,2026-10,64080101019,4500000", "nik-length"),
        (f"KA0001,2026-10,{nik(0)},4500000", "nik-serial-zero"),
        (f"KA0001,2026-10,{nik(1)},-4500000", "wage-invalid"),
        (f"KA0001,2026-10,{nik(1)},4.5", "wage-invalid"),
        (f"KA0001,2026-10,{nik(1)},4500000.50", "wage-invalid"),
        (f"KA0001,2026-10,{nik(1)},4.5E+06", "wage-invalid"),
        (f"KA0001,2026-10,{nik(1)},0", "wage-invalid"),
        (f"KA0001,2026-10,{nik(1)},", "wage-invalid"),
        (f"KA0001,2026-10,{nik(1)},99999999999999", "wage-invalid"),
    ],
)
def test_a_wage_row_is_refused_alone_with_its_reason(row: str, reason: str) -> None:
    good = f"KA0001,2026-10,{nik(2)},4000000"
    assert wages_of(f"{WAGE_HEADER}\n{row}\n{good}") == ([4_000_000], [(2, reason)])
    assert reason in SENTENCES


def test_a_worker_is_reported_once_per_employer_and_month() -> None:
    rows = (
        WAGE,
        f"KA0001,2026-10,{nik(1)},9",
        WAGE,
        f"KA0001,2026-09,{nik(1)},4500000",
        f"KA0002,2026-10,{nik(1)},4500000",
    )
    taken, refused = wages_of("\n".join((WAGE_HEADER, *rows)))
    assert taken == [4_500_000] * 3
    assert refused == [(3, "wage-invalid"), (4, "nik-twice")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("6408", "9999"), "region-unknown"),
        (("menengah", "raksasa"), "size-unknown"),
        (("menengah,3", "menengah,6"), "risk-unknown"),
        (("01262", "1262"), "business-line-invalid"),
        (("JKK+JKM+JHT+JP", "JKK+JHT"), "programmes-invalid"),
        (("JKK+JKM+JHT+JP", "JKK+JKM+JKN"), "programmes-invalid"),
        (("JKK+JKM+JHT+JP", ""), "programmes-invalid"),
        ((",3,ya", ",-3,ya"), "worker-count-invalid"),
        ((",ya,", ",mungkin,"), "registered-invalid"),
        (("2020-01-15", "2026-11-11"), "date-invalid"),
        (("2020-01-15", "31/02/2020"), "date-invalid"),
        (("PT Sawit Contoh", ""), "name-missing"),
    ],
)
def test_an_employer_row_is_refused_with_its_reason(change: tuple[str, str], reason: str) -> None:
    sheet = read_employers(f"{EMPLOYER_HEADER}\n{SAWIT.replace(*change)}".encode(), RULEBOOK, TODAY)
    assert [(item.number, item.reason) for item in sheet.refused] == [(2, reason)]
    assert reason in SENTENCES


def test_what_is_taken_of_an_employer() -> None:
    landline = SAWIT.replace("KA0001", "KA0003").replace("0812-0000-0001", "0541-123456")
    unregistered = SAWIT.replace("KA0001", "KA0004").replace("JKK+JKM+JHT+JP", "").replace(",ya,", ",TIDAK,")
    local = SAWIT.replace("KA0001", "ka 0005").replace("2020-01-15", "15/1/2020").replace("6408", "64.08")
    content = "\n".join((EMPLOYER_HEADER, SAWIT, SAWIT, landline, unregistered, local)).encode()
    sheet = read_employers(content, RULEBOOK, TODAY)
    assert [(item.number, item.reason) for item in sheet.refused] == [(3, "npp-twice")]
    first, second, third, fourth = sheet.rows
    assert (first.contact_phone, first.contact_email, first.remark) == ("+6281200000001", "a@example.id", None)
    assert (second.contact_phone, second.remark) == (None, "phone-not-mobile")
    assert third.profile.programmes == ("JKK", "JKM", "JHT", "JP")
    assert (fourth.npp, fourth.registered_on, fourth.profile.region_code) == ("KA0005", date(2020, 1, 15), "6408")
    assert "Ibu Contoh" not in repr(first)
    assert "0812" not in repr(first)


@pytest.mark.parametrize(
    ("written", "phone", "remark"),
    [
        ("081200000001.0", "+6281200000001", None),
        ("6281200000001.0", "+6281200000001", None),
        ('"81,200,000,001.00"', "+6281200000001", None),
        ("8.12E+10", None, "phone-rounded"),
        ("0812000000-01", None, "phone-unclear"),
    ],
)
def test_an_employers_phone_is_never_another_than_was_meant(
    written: str, phone: str | None, remark: str | None
) -> None:
    content = f"{EMPLOYER_HEADER}\n{SAWIT.replace('0812-0000-0001', written)}".encode()
    (row,) = read_employers(content, RULEBOOK, TODAY).rows
    assert (row.contact_phone, row.remark) == (phone, remark)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("KA0001,2026-10,P-1,0,0,2026-11-09", "amount-invalid"),
        ("KA0001,2026-10,P-1,-5,0,2026-11-09", "amount-invalid"),
        ("KA0001,2026-10,,5,0,2026-11-09", "payment-number-invalid"),
        (f"KA0001,2026-10,{nik(1)},5,0,2026-11-09", "payment-number-invalid"),
        ("KA0001,2026-10,P-1,5,0,2026-11-11", "date-invalid"),
        ("KA0001,2026-10,P-1,5,0,kemarin", "date-invalid"),
        ("KA0001,2026-10,P-1,5,0,2026-W40-1", "date-invalid"),
        ("KA0001,2026-10,P-1,10.000.000.000.000,0,2026-11-09", "amount-invalid"),
        (f"KA0001,2026-10,P-1,5,{'9' + '.999' * 20},2026-11-09", "amount-invalid"),
        ("KA0001,2026-11-01,P-1,5,0,2026-11-09", "month-invalid"),
    ],
)
def test_a_payment_row_is_refused_with_its_reason(row: str, reason: str) -> None:
    sheet = read_payments(f"{PAYMENT_HEADER}\n{row}".encode(), TODAY)
    assert [(item.number, item.reason) for item in sheet.refused] == [(2, reason)]
    assert reason in SENTENCES


@given(st.text(max_size=40))
def test_cells_refuse_or_read_and_never_fail(text: str) -> None:
    for read in (cells.npp, cells.payment_number, cells.rupiah, lambda cell: cells.day(cell, TODAY)):
        read(text)
    assert str(cells.month(text, TODAY)) in ("None", text)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    readers: dict[str, Callable[[bytes], object]] = {
        EMPLOYER_HEADER: lambda body: read_employers(body, RULEBOOK, TODAY),
        WAGE_HEADER: lambda body: read_wages(body, TODAY),
        PAYMENT_HEADER: lambda body: read_payments(body, TODAY),
    }
    for header, read in readers.items():
        for body in (content, header.encode() + b"\n" + content):
            with contextlib.suppress(SheetRefusedError):
                read(body)


def test_every_sentence_is_there_in_both_languages() -> None:
    assert all(indonesian and english for indonesian, english in SENTENCES.values())
