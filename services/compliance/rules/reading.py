"""Reads the three files: each row becomes a typed row, or a code that says why not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, get_args

from services.compliance.rules import cells as read
from services.compliance.rules.rows import (
    EMPLOYER_COLUMNS,
    PAYMENT_COLUMNS,
    WAGE_COLUMNS,
    EmployerProfile,
    EmployerRow,
    EmployerSheet,
    PaymentRow,
    PaymentSheet,
    WageRow,
    WageSheet,
)
from services.compliance.rules.rulebook import Rulebook
from services.compliance.rules.sheet import Outcome, SheetRow, read_sheet, refused
from services.compliance.rules.tariff import KNOWN_PROGRAMMES
from shared.contracts.values import SizeClass
from shared.identity.nik import NikRefusedError, parse_nik
from shared.identity.phone import PhoneRefusedError, parse_phone
from shared.periods import Month

SMALLEST_WAGE_RUPIAH: Final = 1_000  # less was meant in thousands or millions
LARGEST_WAGE_RUPIAH: Final = 10_000_000_000
_SIZES: Final[Mapping[str, SizeClass]] = {size: size for size in get_args(SizeClass)}
_YES_NO: Final = {"ya": True, "y": True, "tidak": False, "t": False}


def read_employers(content: bytes, rulebook: Rulebook, today: date) -> EmployerSheet:
    """Read an employers' file.

    Raises:
        SheetRefusedError: the file cannot be taken at all.
    """
    rows: list[EmployerRow] = []
    outcomes: list[Outcome] = []
    seen: set[str] = set()
    for raw in read_sheet(content, EMPLOYER_COLUMNS):
        row = _employer(raw, rulebook, today)
        if isinstance(row, EmployerRow) and row.npp in seen:
            row = "npp-twice"
        if isinstance(row, str):
            outcomes.append(refused(raw.number, row))
        else:
            seen.add(row.npp)
            rows.append(row)
    return EmployerSheet(rows, outcomes)


def read_wages(content: bytes, today: date) -> WageSheet:
    """Read a wages' file. Raises as `read_employers`."""
    rows: list[WageRow] = []
    outcomes: list[Outcome] = []
    groups: list[tuple[str, Month]] = []
    seen: set[tuple[str, Month, str]] = set()
    for raw in read_sheet(content, WAGE_COLUMNS):
        row = _wage(raw, today)
        if isinstance(row, WageRow) and (row.npp, row.month, row.nik) in seen:
            row = "nik-twice"
        if isinstance(row, str):
            outcomes.append(refused(raw.number, row))
            npp, month = (read.npp(raw.cells[0]), read.month(raw.cells[1], today)) if raw.cells else (None, None)
            if npp and month:
                groups.append((npp, month))
        else:
            seen.add((row.npp, row.month, row.nik))
            rows.append(row)
    return WageSheet(rows, outcomes, groups)


def read_payments(content: bytes, today: date) -> PaymentSheet:
    """Read a payments' file. Raises as `read_employers`."""
    rows: list[PaymentRow] = []
    outcomes: list[Outcome] = []
    for raw in read_sheet(content, PAYMENT_COLUMNS):
        row = _payment(raw, today)
        if isinstance(row, str):
            outcomes.append(refused(raw.number, row))
        else:
            rows.append(row)
    return PaymentSheet(rows, outcomes)


def _employer(raw: SheetRow, rulebook: Rulebook, today: date) -> EmployerRow | str:
    if raw.refusal:
        return raw.refusal
    (
        npp_text, name_text, region, size_text, risk, line, programmes_text, workers, registered, since,
        contact_name, contact_phone, contact_email,
    ) = raw.cells  # fmt: skip
    npp, name, region_code = read.npp(npp_text), read.name(name_text), region.replace(".", "")
    size, bpjs_registered = _SIZES.get(size_text.casefold()), _YES_NO.get(registered.casefold())
    count, day = read.count(workers), read.day(since, today)
    # One that BPJS does not know owes what its size makes compulsory.
    compulsory = rulebook.compulsory_programmes.get(size) if size and bpjs_registered is False else None
    programmes = compulsory if compulsory and not programmes_text else _programmes(programmes_text)
    faults = {
        "npp-invalid": npp is None,
        "name-missing": name is None,
        "region-unknown": region_code not in rulebook.regencies,
        "size-unknown": size is None,
        "risk-unknown": risk not in {"1", "2", "3", "4", "5"},
        "business-line-invalid": bool(line) and not (len(line) == 5 and line.isascii() and line.isdigit()),
        "registered-invalid": bpjs_registered is None,
        "programmes-invalid": programmes is None,
        "worker-count-invalid": count is None,
        "date-invalid": day is None,
    }
    fault = next((code for code, holds in faults.items() if holds), None)
    if fault or not (npp and name and size and programmes) or bpjs_registered is None or count is None or day is None:
        return fault or "row-cells"
    phone, email, remark = _contact(contact_phone, contact_email)
    profile = EmployerProfile(name, region_code, size, int(risk), line or None, programmes, count, bpjs_registered)
    return EmployerRow(raw.number, npp, profile, day, read.name(contact_name) or name, phone, email, remark)


def _programmes(text: str) -> tuple[str, ...] | None:
    named = [part.strip().upper() for part in text.split("+")]
    if len(set(named)) != len(named) or not {"JKK", "JKM"} <= set(named) <= set(KNOWN_PROGRAMMES):
        return None
    return tuple(programme for programme in KNOWN_PROGRAMMES if programme in named)


def _contact(phone: str, email: str) -> tuple[str | None, str | None, str | None]:
    """Phone and e-mail as far as they can be used, and a remark about what cannot."""
    usable_phone = remark = None
    if phone:
        try:
            usable_phone = parse_phone(phone).reveal()
        except PhoneRefusedError as error:
            remark = error.code
    usable_email = read.email(email)
    if email and usable_email is None:
        remark = remark or "email-invalid"
    return usable_phone, usable_email, remark


def _wage(raw: SheetRow, today: date) -> WageRow | str:
    if raw.refusal:
        return raw.refusal
    npp, month, wage = read.npp(raw.cells[0]), read.month(raw.cells[1], today), read.rupiah(raw.cells[3])
    if npp is None:
        return "npp-invalid"
    if month is None:
        return "month-invalid"
    try:
        nik = parse_nik(raw.cells[2]).reveal()
    except NikRefusedError as error:
        return error.code
    if wage is None or not SMALLEST_WAGE_RUPIAH <= wage <= LARGEST_WAGE_RUPIAH:
        return "wage-invalid"
    return WageRow(raw.number, npp, month, nik, wage)


def _payment(raw: SheetRow, today: date) -> PaymentRow | str:
    if raw.refusal:
        return raw.refusal
    npp, month = read.npp(raw.cells[0]), read.month(raw.cells[1], today)
    number, paid_on = read.payment_number(raw.cells[2]), read.day(raw.cells[5], today)
    amount, fine = read.rupiah(raw.cells[3]), read.rupiah(raw.cells[4] or "0")
    if npp is None:
        return "npp-invalid"
    if month is None:
        return "month-invalid"
    if number is None:
        return "payment-number-invalid"
    if amount is None or fine is None or amount + fine == 0:
        return "amount-invalid"
    if paid_on is None:
        return "date-invalid"
    return PaymentRow(raw.number, npp, month, number, amount, fine, paid_on)
