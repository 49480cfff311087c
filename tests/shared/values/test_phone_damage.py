"""A number that a spreadsheet has damaged is read as it was meant, or not at all: never as somebody else's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.identity.phone import PhoneRefusal, PhoneRefusedError, parse_phone

MOBILE = st.from_regex(r"8[1-35-9][0-9]{7,10}", fullmatch=True)
NUMBER = st.sampled_from(["", "62"])  # what a spreadsheet takes for a number has no zero in front
TEXT = st.sampled_from(["", "0", "62", "+62", "0062", "+62 "])

Damage = Callable[[str], str]


def _grouped(sign: str, tail: str = "") -> Damage:
    return lambda digits: f"{int(digits):,}".replace(",", sign) + tail


def _exponent(decimals: int, comma: bool = False, big: str = "E+") -> Damage:
    def damaged(digits: str) -> str:
        written = f"{int(digits):.{decimals}e}".replace("e+", big)
        return written.replace(".", ",") if comma else written

    return damaged


def _rounded(lost: int) -> Damage:
    """Shown with fewer digits and saved again as a whole number."""
    return lambda digits: str(int(float(f"{int(digits):.{len(digits) - lost - 1}e}")))


AS_NUMBER: list[Damage] = [
    lambda digits: f"{digits}.0",
    lambda digits: f"{digits},0",
    lambda digits: f"{digits}.00",
    lambda digits: f"{digits},00",
    lambda digits: f"{digits}.000000",
    lambda digits: str(float(digits)),
    *(_grouped(sign, tail) for sign in ".,\u00a0\u202f '\u2019" for tail in ("", ",00", ".00", ".0", ",0")),
    _grouped(".", ",000"),
    _grouped(",", ".000"),
    *(_exponent(decimals) for decimals in range(13)),
    *(_exponent(decimals, comma=True) for decimals in (2, 5, 10, 11)),
    *(_exponent(decimals, big=big) for decimals in (0, 9, 10, 11, 12) for big in ("E", "e", "e+0", "E+0")),
    *(_rounded(lost) for lost in range(4, 9)),
]
AS_TEXT: list[Damage] = [
    *(lambda text, sign=sign: f"{sign}{text}" for sign in ("'", "`", "\u2019", "\u2018", "\u00b4", "\u200b", "\ufeff")),
    *(lambda text, end=end: f"{text}{end}" for end in (".0", ",0", ".00", ",00", "\u00a0", "\t", ".0 ", " .0")),
    lambda text: f"'{text}.0",
    lambda text: f"\u00a0{text}\u00a0",
    lambda text: f"{text}\u00b2",
]
SECOND: list[str] = [" ", "/", ", ", "; ", "-", " - ", ".", ",", "\n", " atau ", " (", "\u00a0", "  "]


def read(text: str) -> str | None:
    """The number that is read, None where none is."""
    try:
        return parse_phone(text).reveal()
    except PhoneRefusedError:
        return None


@given(MOBILE, NUMBER, st.sampled_from(AS_NUMBER))
def test_what_a_spreadsheet_makes_of_a_number_is_that_number_or_nothing(
    national: str, prefix: str, damage: Damage
) -> None:
    assert read(damage(prefix + national)) in (f"+62{national}", None)


@given(MOBILE, TEXT, st.sampled_from(AS_TEXT))
def test_what_stands_around_a_number_never_makes_another(national: str, prefix: str, damage: Damage) -> None:
    assert read(damage(prefix + national)) in (f"+62{national}", None)


@given(MOBILE, TEXT, st.sampled_from(SECOND), st.from_regex(r"[0-9]{1,12}", fullmatch=True), st.booleans())
def test_a_second_number_or_an_extension_never_makes_a_longer_one(
    national: str, prefix: str, between: str, second: str, is_named: bool
) -> None:
    written = f"{prefix}{national}{between}{'ext ' if is_named else ''}{second}"
    assert read(written) in (f"+62{national}", None)


@pytest.mark.parametrize(
    "text",
    [
        *("081234567890.0", "81234567890.0", "6281234567890.0", "+6281234567890.0", "081234567890,0", "81234567890.00"),
        *("8.1234567890E+10", "8,1234567890E+10", "8.1234567890e10", "6.281234567890E+12", "8.12345678900E+10"),
        *("81.234.567.890", "81,234,567,890", "81.234.567.890,00", "81,234,567,890.00", "6.281.234.567.890"),
        *("81\u00a0234\u00a0567\u00a0890", "81\u202f234\u202f567\u202f890,00", "81'234'567'890.00"),
        *("'081234567890", "`081234567890", "\u2019081234567890", "'81234567890.0", "\u00a0081234567890 "),
        *("0812-3456-7890.0", "+62 812-3456-7890", "08 12 34 56 78 90", "0812 3456 7890", "(0812) 345-67890"),
    ],
)
def test_what_a_spreadsheet_added_is_dropped_where_it_is_certain(text: str) -> None:
    assert read(text) == "+6281234567890"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("8.12E+10", PhoneRefusal.ROUNDED),
        ("8,12E+11", PhoneRefusal.ROUNDED),
        ("8.123456789E+10", PhoneRefusal.ROUNDED),
        ("6.28123E+12", PhoneRefusal.ROUNDED),
        ("81234600000", PhoneRefusal.ROUNDED),
        ("6281230000000", PhoneRefusal.ROUNDED),
        ("81234567890.5", PhoneRefusal.UNCLEAR),
        ("0812.3456.7890.0", PhoneRefusal.UNCLEAR),
        ("81.234.567.890.00", PhoneRefusal.UNCLEAR),
        ("0812345678-12", PhoneRefusal.UNCLEAR),
        ("0812-3456-7890 2", PhoneRefusal.UNCLEAR),
        ("0812345678 / 79", PhoneRefusal.NOT_A_NUMBER),
        ("081234567890 ext 12", PhoneRefusal.NOT_A_NUMBER),
        ("081234567890#12", PhoneRefusal.NOT_A_NUMBER),
        ("0812345678,0813987654", PhoneRefusal.MORE_THAN_ONE),
        ("08123456789\u00b2", PhoneRefusal.NOT_A_NUMBER),
        ("08123456.0", PhoneRefusal.TOO_SHORT),
        ("081234567.00", PhoneRefusal.TOO_SHORT),
    ],
)
def test_what_is_not_certain_is_left_out_with_its_reason(text: str, reason: PhoneRefusal) -> None:
    with pytest.raises(PhoneRefusedError) as caught:
        parse_phone(text)
    assert caught.value.reason is reason


def test_a_number_that_ends_in_zeros_is_taken_where_it_was_no_spreadsheets_number() -> None:
    assert read("081234600000") == read("+62 81234600000") == read("812-3460-0000") == "+6281234600000"
