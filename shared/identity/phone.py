"""Mobile numbers as rosters bring them, turned into the one form that channels can dial: +628...

Notices go out as SMS or WhatsApp, so a landline or a foreign number is refused with a reason. The numbering plan comes
from ``phonenumbers``; a range it does not know yet is flagged, because operators open ranges faster than data follows.

Spreadsheets take a number without its leading zero for a quantity and write it as one: ``81234567890.0``,
``81.234.567.890,00``, ``8,12E+10``. What they added is dropped where one reading is left; where two are, the number is
refused, because a digit too many makes it a stranger's, who would be told the person's name.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import Final

import phonenumbers

from shared.identity.hidden import HiddenText
from shared.identity.refusal import ValueRefusedError
from shared.refusals import Refusal

_COUNTRY_CODE: Final = "62"
# +628 and 8 to 11 more digits (domain facts 6.2, and the possible lengths of phonenumbers).
_SHORTEST, _LONGEST = 9, 12
_SEPARATORS = str.maketrans("", "", " ()-.\u2010\u2011\u2012\u2013\u2014\u2212\t'\u2019")
# What people put before a number so that a spreadsheet leaves it alone, or what stands there unseen.
_BEFORE: Final = " \t\r\n\u00a0\ufeff\u200b'`\u00b4\u2018\u2019\u201b"
_EXPONENT: Final = re.compile(r"\+?(\d+)(?:[.,](\d+))?[eE]\+?0*(\d{1,2})", re.ASCII)
_DECIMALS: Final = re.compile(r"(.*\d)\s*([.,])0+", re.ASCII)
_THOUSANDS: Final = re.compile(r"\+?\d{1,3}(?:([., '\u2019])\d{3})(?:\1\d{3})*", re.ASCII)
# A quantity that ends so was probably shown with few digits and saved that way; one number in 10,000 does by itself.
_ROUNDED_END: Final = "0000"
_SHORT_RUN: Final = 2


class PhoneRefusal(Refusal):
    """Why a text is not a mobile number that we can reach."""

    EMPTY = (
        "phone-empty",
        "Nomor telepon belum diisi; isi nomor ponsel yang aktif.",
        "The phone number is empty; enter a mobile number in use.",
    )
    NOT_A_NUMBER = (
        "phone-not-a-number",
        "Nomor telepon memuat tanda yang bukan angka; tulis satu nomor saja, misalnya 08 diikuti angka.",
        "The phone number has signs that are not digits; write one number only, 08 followed by digits.",
    )
    MORE_THAN_ONE = (
        "phone-more-than-one",
        "Kolom ini berisi lebih dari satu nomor; pilih satu nomor ponsel yang paling sering dipakai.",
        "This field holds more than one number; choose the mobile number used most.",
    )
    FOREIGN = (
        "phone-foreign",
        "Nomor luar negeri tidak dapat dikirimi pesan; isi nomor ponsel Indonesia.",
        "Numbers abroad cannot be sent messages; enter an Indonesian mobile number.",
    )
    NOT_MOBILE = (
        "phone-not-mobile",
        "Nomor ini bukan nomor ponsel; isi nomor yang dimulai dengan 08.",
        "This is not a mobile number; enter one that begins with 08.",
    )
    TOO_SHORT = (
        "phone-too-short",
        "Nomor ponsel kurang angka; periksa kembali dengan pemiliknya.",
        "The mobile number has too few digits; check it with its owner.",
    )
    TOO_LONG = (
        "phone-too-long",
        "Nomor ponsel kelebihan angka; periksa apakah dua nomor tertulis menyatu.",
        "The mobile number has too many digits; check whether two numbers were joined.",
    )
    ROUNDED = (
        "phone-rounded",
        "Nomor telepon dibulatkan oleh lembar kerja; ubah kolomnya menjadi teks, lalu isi lagi, diawali 0.",
        "A spreadsheet has rounded the phone number; make the column text and enter it anew, beginning with 0.",
    )
    UNCLEAR = (
        "phone-unclear",
        "Tidak jelas di mana nomor telepon ini berakhir; tulis satu nomor ponsel saja tanpa tambahan angka.",
        "It is not clear where this phone number ends; write one mobile number only, without further digits.",
    )


class PhoneRefusedError(ValueRefusedError):
    """The text is not an Indonesian mobile number; ``reason`` is a PhoneRefusal."""


class PhoneFlag(StrEnum):
    """What an officer may look at. A flag is never a reason to refuse."""

    UNASSIGNED_RANGE = "unassigned-range"


class Phone(HiddenText):
    """An Indonesian mobile number; ``reveal()`` gives E.164 (``+628...``). Never shows its digits."""

    __slots__ = ("flags",)

    flags: frozenset[PhoneFlag]

    def __init__(self, e164: str, flags: frozenset[PhoneFlag]) -> None:
        super().__init__(e164)
        object.__setattr__(self, "flags", flags)


def parse_phone(text: str) -> Phone:
    """Read 08..., 8..., 628..., +628... or 00628..., with spaces, dashes, dots, brackets, or what spreadsheets add.

    Raises PhoneRefusedError when it is not an Indonesian mobile number, or not certain which one was meant.
    """
    national = _plainly_written(text) or _national_digits(text)
    if _mobile_pattern().fullmatch(national):
        return Phone(f"+{_COUNTRY_CODE}{national}", frozenset())
    if not national.startswith("8"):
        raise PhoneRefusedError(PhoneRefusal.NOT_MOBILE)
    if len(national) < _SHORTEST:
        raise PhoneRefusedError(PhoneRefusal.TOO_SHORT)
    if len(national) > _LONGEST:
        raise PhoneRefusedError(PhoneRefusal.TOO_LONG)
    number = phonenumbers.PhoneNumber(country_code=int(_COUNTRY_CODE), national_number=int(national))
    if phonenumbers.is_valid_number(number):  # valid but not in the mobile ranges: free-phone and the like
        raise PhoneRefusedError(PhoneRefusal.NOT_MOBILE)
    return Phone(f"+{_COUNTRY_CODE}{national}", frozenset({PhoneFlag.UNASSIGNED_RANGE}))


def _plainly_written(text: str) -> str:
    """The digits after the country code where nothing has to be cleaned away, as in most lists; else nothing."""
    if text.isascii():
        if text.startswith("08") and text.isdigit():
            return text[1:]
        if text.startswith("+628") and text[1:].isdigit():
            return text[3:]
    return ""


def _national_digits(text: str) -> str:
    """The digits after the country code, without a leading zero."""
    text = text.lstrip(_BEFORE)
    if not text.isascii():
        if any(unicodedata.category(sign) == "No" for sign in text):  # a raised 2 is a footnote and no digit
            raise PhoneRefusedError(PhoneRefusal.NOT_A_NUMBER)
        text = unicodedata.normalize("NFKC", text)
        text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    text = _undamaged(text.strip().lstrip(_BEFORE))
    compact = text.translate(_SEPARATORS)
    if not compact:
        raise PhoneRefusedError(PhoneRefusal.EMPTY)
    international = compact.startswith("+")
    digits = compact.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        raise PhoneRefusedError(_not_digits(text))
    if not international and digits.startswith("00"):
        digits, international = digits[2:], True
    if digits.startswith(_COUNTRY_CODE):
        national = digits[len(_COUNTRY_CODE) :].removeprefix("0")
    elif international:
        raise PhoneRefusedError(PhoneRefusal.FOREIGN)
    else:
        national = digits.removeprefix("0")
    _refuse_joined(text, len(national))
    return national


def _undamaged(text: str) -> str:
    """Without what a spreadsheet adds to a quantity. Raises PhoneRefusedError where it has taken digits away."""
    exponent = _EXPONENT.fullmatch(text)
    if exponent:
        whole, fraction, power = exponent[1], exponent[2] or "", int(exponent[3])
        if len(fraction) < power or fraction[power:].strip("0"):  # what is not shown may have been anything
            raise PhoneRefusedError(PhoneRefusal.ROUNDED)
        text = whole + fraction[:power]
    else:
        decimals = _DECIMALS.fullmatch(text)
        if decimals:
            head, sign = decimals[1], decimals[2]
            grouped = _THOUSANDS.fullmatch(head)
            if not ("." in head or "," in head) or (grouped and grouped[1] != sign):
                text = head
    is_grouped = _THOUSANDS.fullmatch(text) is not None
    digits = re.sub(r"\D", "", text) if is_grouped else text
    if digits.startswith(("8", _COUNTRY_CODE)) and digits.isdigit() and digits.endswith(_ROUNDED_END):
        raise PhoneRefusedError(PhoneRefusal.ROUNDED)
    return text.replace(",", ".") if is_grouped else text


def _refuse_joined(text: str, national_length: int) -> None:
    """Raise PhoneRefusedError where digits follow a number that was whole already: an extension, a second ending.

    Who groups digits writes no nine of them in one run, nor a short run behind longer ones once the number is whole.
    """
    if national_length > 2 * _LONGEST:  # refused as too long, whatever it is made of
        return
    parts: list[int] = []  # the last first, without country code and leading zeros
    for run in reversed(re.findall(r"\d+", text)):
        parts.append(min(len(run), national_length - sum(parts)))
        if sum(parts) == national_length:
            break
    if len(parts) < 2:
        return
    is_whole_before = national_length - parts[0] >= _SHORTEST
    if max(parts) >= _SHORTEST or (is_whole_before and parts[0] <= _SHORT_RUN < parts[1]):
        raise PhoneRefusedError(PhoneRefusal.UNCLEAR)


def _not_digits(text: str) -> PhoneRefusal:
    """Two numbers in one cell are common enough to be told apart from a typing error."""
    numbers = re.findall(r"\d[\d\s().-]{7,}\d", text)
    return PhoneRefusal.MORE_THAN_ONE if len(numbers) > 1 else PhoneRefusal.NOT_A_NUMBER


@lru_cache(maxsize=1)
def _mobile_pattern() -> re.Pattern[str]:
    """The mobile ranges of Indonesia's numbering plan, from the library's metadata: 20 times faster than parsing."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region("ID")
    if metadata is None or metadata.mobile is None or metadata.mobile.national_number_pattern is None:
        raise RuntimeError("The package 'phonenumbers' has no data about Indonesia; reinstall it.")
    return re.compile(metadata.mobile.national_number_pattern)
