"""Reads single cells: what offices type is taken leniently where it has one meaning, and refused where it has two.

Every reader gives None for what it refuses; the caller knows the reason's code.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

from shared.periods import Month

_NPP: Final = re.compile(r"[A-Z0-9][A-Z0-9./-]{2,29}", re.ASCII)
_PAYMENT_NUMBER: Final = re.compile(r"[A-Z0-9][A-Z0-9./-]{2,39}", re.ASCII)
_LIKE_A_NIK: Final = re.compile(r"\d{16}", re.ASCII)
_GROUPED: Final = re.compile(r"\d{1,3}(\.\d{3})+(,00?)?", re.ASCII)
_PLAIN: Final = re.compile(r"\d{1,13}([.,]00?)?", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LOCAL_DATE: Final = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", re.ASCII)
_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,4}", re.ASCII)
_LARGEST_RUPIAH: Final = 9_999_999_999_999
_EARLIEST: Final = Month(2015, 7)  # the first month of the laws of today


def npp(text: str) -> str | None:
    """An employer's number (NPP) in capitals, without spaces. Its form is not published; a NIK is refused."""
    npp = "".join(text.split()).upper()
    return npp if _NPP.fullmatch(npp) and not _LIKE_A_NIK.fullmatch(npp) else None


def payment_number(text: str) -> str | None:
    """The number on a receipt, in capitals, without spaces; 16 digits could be somebody's NIK and are refused."""
    number = "".join(text.split()).upper()
    return number if _PAYMENT_NUMBER.fullmatch(number) and not _LIKE_A_NIK.fullmatch(number) else None


def name(text: str) -> str | None:
    """A name on one line without control characters."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    return name if 0 < len(name) <= 200 and name.isprintable() else None


def month(text: str, today: date) -> Month | None:
    """A contribution month ``YYYY-MM``, from July 2015 to the present one."""
    try:
        month = Month.parse(text)
    except ValueError:
        return None
    return month if _EARLIEST <= month <= Month.of(today) else None


def day(text: str, today: date) -> date | None:
    """A day ``YYYY-MM-DD`` or, as offices write it, ``DD/MM/YYYY``; of this century and not in the future."""
    local = _LOCAL_DATE.fullmatch(text)
    if local:
        text = f"{local[3]}-{int(local[2]):02d}-{int(local[1]):02d}"
    try:
        parsed = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None
    return parsed if parsed is not None and date(2000, 1, 1) <= parsed <= today else None


def rupiah(text: str) -> int | None:
    """Whole rupiah: ``4500000``, ``4.500.000``, ``Rp 4.500.000,00``. Anything with another meaning is refused, and so
    is what is larger than any deposit."""
    digits = text.removeprefix("Rp").removeprefix(".").strip()
    if _GROUPED.fullmatch(digits):
        amount_rupiah = int(digits.partition(",")[0].replace(".", ""))
    elif _PLAIN.fullmatch(digits):
        amount_rupiah = int(re.split(r"[.,]", digits)[0])
    else:
        return None
    return amount_rupiah if amount_rupiah <= _LARGEST_RUPIAH else None


def count(text: str) -> int | None:
    """A whole number from 0 to a million."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 7 and int(text) <= 1_000_000 else None


def email(text: str) -> str | None:
    """An e-mail address in small letters."""
    return text.lower() if _EMAIL.fullmatch(text) else None
