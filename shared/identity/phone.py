"""Mobile numbers as rosters bring them, turned into the one form that channels can dial: +628...

Notices go out as SMS or WhatsApp, so a landline or a foreign number is refused with a reason. The numbering plan comes
from ``phonenumbers``; a range it does not know yet is flagged, because operators open ranges faster than data follows.
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
_SEPARATORS = str.maketrans("", "", " ()-.\u2010\u2011\u2012\u2013\u2014\u200b\u200e\u202a\u202c\u2060\ufeff\t'")


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
    """Read 08..., 8..., 628..., +628... or 00628..., with spaces, dashes, dots and brackets.

    Raises PhoneRefusedError when it is not an Indonesian mobile number.
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
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
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
        return digits[len(_COUNTRY_CODE) :].removeprefix("0")
    if international:
        raise PhoneRefusedError(PhoneRefusal.FOREIGN)
    return digits.removeprefix("0")


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
