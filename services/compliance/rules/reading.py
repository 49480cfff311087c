"""Reads the three files: each row becomes a typed row, or a code that says why not."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

from services.compliance.rules.cells import (
    count_cell,
    date_cell,
    email_cell,
    month_cell,
    name_cell,
    npp_cell,
    payment_number_cell,
    rupiah_cell,
)
from services.compliance.rules.rows import (
    EMPLOYER_COLUMNS,
    PAYMENT_COLUMNS,
    WAGE_COLUMNS,
    EmployerRow,
    EmployerSheet,
    PaymentRow,
    PaymentSheet,
    WageRow,
    WageSheet,
)
from services.compliance.rules.sheet import Outcome, SheetRow, read_sheet
from services.compliance.rules.tariff import KNOWN_PROGRAMMES, compulsory_programmes
from shared.identity.nik import NikRefusedError, parse_nik
from shared.identity.phone import PhoneRefusedError, parse_phone

SMALLEST_WAGE_RUPIAH: Final = 1_000  # less was meant in thousands or millions
LARGEST_WAGE_RUPIAH: Final = 10_000_000_000
_YES_NO: Final = {"ya": True, "y": True, "tidak": False, "t": False}


def read_employers(content: bytes, regencies: Collection[str], today: date) -> EmployerSheet:
    """Read an employers' file. Raises SheetRefusedError."""
    rows: list[EmployerRow] = []
    refused: list[Outcome] = []
    seen: set[str] = set()
    for raw in read_sheet(content, EMPLOYER_COLUMNS):
        found = _employer(raw, regencies, today)
        if isinstance(found, EmployerRow) and found.npp in seen:
            found = "npp-twice"
        if isinstance(found, str):
            refused.append(Outcome(raw.number, "refused", found))
        else:
            seen.add(found.npp)
            rows.append(found)
    return EmployerSheet(rows, refused)


def read_wages(content: bytes, today: date) -> WageSheet:
    """Read a wages' file. Raises SheetRefusedError."""
    rows: list[WageRow] = []
    refused: list[Outcome] = []
    groups: list[tuple[str, str]] = []
    seen: set[tuple[str, str, str]] = set()
    for raw in read_sheet(content, WAGE_COLUMNS):
        found = _wage(raw, today)
        if isinstance(found, WageRow) and (found.npp, found.month, found.nik) in seen:
            found = "nik-twice"
        if isinstance(found, str):
            refused.append(Outcome(raw.number, "refused", found))
            npp, month = (npp_cell(raw.cells[0]), month_cell(raw.cells[1], today)) if raw.cells else (None, None)
            if npp and month:
                groups.append((npp, month))
        else:
            seen.add((found.npp, found.month, found.nik))
            rows.append(found)
    return WageSheet(rows, refused, groups)


def read_payments(content: bytes, today: date) -> PaymentSheet:
    """Read a payments' file. Raises SheetRefusedError."""
    rows: list[PaymentRow] = []
    refused: list[Outcome] = []
    for raw in read_sheet(content, PAYMENT_COLUMNS):
        found = _payment(raw, today)
        if isinstance(found, str):
            refused.append(Outcome(raw.number, "refused", found))
        else:
            rows.append(found)
    return PaymentSheet(rows, refused)


def _employer(raw: SheetRow, regencies: Collection[str], today: date) -> EmployerRow | str:
    if raw.refusal:
        return raw.refusal
    npp, name, region, size, risk, line, programmes, workers, registered, since, *contact = raw.cells
    known_npp, known_name, count = npp_cell(npp), name_cell(name), count_cell(workers)
    bpjs_registered, day = _YES_NO.get(registered.casefold()), date_cell(since, today)
    chosen = _programmes(programmes, size.casefold(), bpjs_registered is False)
    faults = {
        "npp-invalid": known_npp is None,
        "name-missing": known_name is None,
        "region-unknown": region.replace(".", "") not in regencies,
        "size-unknown": size.casefold() not in compulsory_programmes(),
        "risk-unknown": risk not in {"1", "2", "3", "4", "5"},
        "business-line-invalid": bool(line) and not (len(line) == 5 and line.isascii() and line.isdigit()),
        "registered-invalid": bpjs_registered is None,
        "programmes-invalid": chosen is None,
        "worker-count-invalid": count is None,
        "date-invalid": day is None,
    }
    fault = next((code for code, holds in faults.items() if holds), None)
    if fault or not (known_npp and known_name and chosen) or bpjs_registered is None or count is None or day is None:
        return fault or "row-cells"
    phone, email, remark = _contact(contact[1], contact[2])
    return EmployerRow(
        raw.number, known_npp, known_name, region.replace(".", ""), size.casefold(), int(risk), line or None, chosen,
        count, bpjs_registered, day, name_cell(contact[0]) or known_name, phone, email, remark,
    )  # fmt: skip


def _programmes(text: str, size_class: str, unregistered: bool) -> tuple[str, ...] | None:
    """What the employer takes part in. One that BPJS does not know owes what its size makes compulsory."""
    if not text and unregistered:
        return compulsory_programmes().get(size_class)
    named = [part.strip().upper() for part in text.split("+")]
    if len(set(named)) != len(named) or not {"JKK", "JKM"} <= set(named) <= set(KNOWN_PROGRAMMES):
        return None
    return tuple(programme for programme in KNOWN_PROGRAMMES if programme in named)


def _contact(phone: str, email: str) -> tuple[str | None, str | None, str | None]:
    """Phone and e-mail as far as they can be used, and a remark about what cannot."""
    remark = None
    known_phone = None
    if phone:
        try:
            known_phone = parse_phone(phone).reveal()
        except PhoneRefusedError as error:
            remark = error.code
    known_email = email_cell(email)
    if email and known_email is None:
        remark = remark or "email-invalid"
    return known_phone, known_email, remark


def _wage(raw: SheetRow, today: date) -> WageRow | str:
    if raw.refusal:
        return raw.refusal
    npp, month, wage = npp_cell(raw.cells[0]), month_cell(raw.cells[1], today), rupiah_cell(raw.cells[3])
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
    npp, month = npp_cell(raw.cells[0]), month_cell(raw.cells[1], today)
    number, paid_on = payment_number_cell(raw.cells[2]), date_cell(raw.cells[5], today)
    amount, fine = rupiah_cell(raw.cells[3]), rupiah_cell(raw.cells[4] or "0")
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
