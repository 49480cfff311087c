"""A NIK is refused only when it cannot be one; everything else is a flag, and its digits never show."""

from __future__ import annotations

import pickle
import re
import traceback
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.identity.nik import Declared, NikFlag, NikRefusal, NikRefusedError, Sex, parse_nik

BIRTH_DATES = st.dates(date(1930, 1, 1), date(2026, 11, 1))


def nik_text(region: str, born: date, sex: Sex, serial: int = 1) -> str:
    day = born.day + (40 if sex is Sex.FEMALE else 0)
    return f"{region}01{day:02d}{born:%m%y}{serial:04d}"


@given(st.integers(1000, 9999), BIRTH_DATES, st.sampled_from(Sex), st.integers(1, 9999))
def test_everybody_is_read_wherever_they_come_from(region: int, born: date, sex: Sex, serial: int) -> None:
    nik = parse_nik(nik_text(str(region), born, sex, serial), Declared(born, sex, str(region)))
    assert (nik.birth_date, nik.sex, nik.region_code) == (born, sex, str(region))
    assert nik.flags <= {NikFlag.REGION_UNKNOWN, NikFlag.REGION_LEGACY}


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused_without_showing_it(text: str) -> None:
    try:
        digits = parse_nik(text).reveal()
    except NikRefusedError as refused:
        reason = refused.reason
    else:
        assert re.fullmatch("[0-9]{16}", digits)
        return
    assert isinstance(reason, NikRefusal)


@pytest.mark.parametrize(
    "text",
    [
        "6472 0145 0580 0001",
        "6472.0145.0580.0001",
        "647201-450580-0001",
        " 6472014505800001\n",
        "'6472014505800001",
        "６４７２０１４５０５８００００１",
    ],
)
def test_separators_are_accepted(text: str) -> None:
    assert parse_nik(text).reveal() == "6472014505800001"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", NikRefusal.EMPTY),
        (" - ", NikRefusal.EMPTY),
        ("647201450580000", NikRefusal.LENGTH),
        ("64720145058000011", NikRefusal.LENGTH),
        ("647201450580O001", NikRefusal.NOT_DIGITS),
        ("6.47201E+15", NikRefusal.SPREADSHEET_NUMBER),
        ("6,47201E+15", NikRefusal.SPREADSHEET_NUMBER),
        ("6472014505800000", NikRefusal.SERIAL_ZERO),
        ("6472010005800001", NikRefusal.DATE_IMPOSSIBLE),  # day 0
        ("6472014005800001", NikRefusal.DATE_IMPOSSIBLE),  # day 40: nobody's
        ("6472013205800001", NikRefusal.DATE_IMPOSSIBLE),  # day 32
        ("6472017205800001", NikRefusal.DATE_IMPOSSIBLE),  # day 32 of a woman
        ("6472018105800001", NikRefusal.DATE_IMPOSSIBLE),  # day 81
        ("6472010113800001", NikRefusal.DATE_IMPOSSIBLE),  # month 13
        ("6472013002800001", NikRefusal.DATE_IMPOSSIBLE),  # 30 February
        ("6472012902810001", NikRefusal.DATE_IMPOSSIBLE),  # 29 February 1981
    ],
)
def test_what_cannot_be_a_nik_is_refused_with_two_sentences(text: str, reason: NikRefusal) -> None:
    with pytest.raises(NikRefusedError) as caught:
        parse_nik(text)
    assert caught.value.reason is reason
    assert caught.value.code == reason.code
    assert caught.value.indonesian.endswith(".")
    assert str(caught.value) == caught.value.english
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caught.value.indonesian
    assert text.strip(" -") == "" or text not in shown


def test_reasons_have_distinct_codes_and_sentences() -> None:
    for texts in ({r.code for r in NikRefusal}, {r.indonesian for r in NikRefusal}, {r.english for r in NikRefusal}):
        assert len(texts) == len(NikRefusal)


@pytest.mark.parametrize(
    ("legacy", "current"),
    [("6404", "6501"), ("6405", "6503"), ("6406", "6502"), ("6410", "6504"), ("6473", "6571")],
)
def test_legacy_prefixes_are_valid_and_known_by_their_new_code(legacy: str, current: str) -> None:
    born = date(1980, 5, 5)
    nik = parse_nik(nik_text(legacy, born, Sex.MALE), Declared(born, Sex.MALE, current))
    assert nik.flags == {NikFlag.REGION_LEGACY}
    assert (nik.region_code, nik.current_region_code) == (legacy, current)


@pytest.mark.parametrize("region", ["3515", "7371", "1171", "6571", "9501", "9601"])
def test_other_provinces_are_valid(region: str) -> None:
    """Those made since 2012 too, which python-stdnum refuses."""
    nik = parse_nik(nik_text(region, date(1980, 5, 5), Sex.MALE))
    assert nik.flags == frozenset()
    assert nik.current_region_code == nik.region_code == region


def test_a_code_of_no_province_is_flagged() -> None:
    assert parse_nik(nik_text("9901", date(1980, 5, 5), Sex.MALE)).flags == {NikFlag.REGION_UNKNOWN}


def test_differences_are_flags() -> None:
    text = nik_text("3515", date(1980, 5, 5), Sex.FEMALE)
    nik = parse_nik(text, Declared(date(1980, 5, 6), Sex.MALE, "6472"))
    assert nik.flags == {NikFlag.BIRTH_DATE_DIFFERS, NikFlag.SEX_DIFFERS, NikFlag.REGION_DIFFERS}


@pytest.mark.parametrize(
    ("written", "declared", "chosen"),
    [
        (date(1926, 3, 1), date(1926, 3, 1), date(1926, 3, 1)),
        (date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 1)),
        (date(2000, 1, 1), date(1999, 12, 31), date(2000, 1, 1)),  # the nearest, flagged
        (date(1999, 12, 31), date(2000, 1, 1), date(1999, 12, 31)),
    ],
)
def test_the_declared_birth_date_chooses_the_century(written: date, declared: date, chosen: date) -> None:
    nik = parse_nik(nik_text("6472", written, Sex.MALE), Declared(declared))
    assert nik.birth_date == chosen
    assert (NikFlag.BIRTH_DATE_DIFFERS in nik.flags) == (chosen != declared)


def test_without_a_declared_date_the_century_stays_open() -> None:
    nik = parse_nik(nik_text("6472", date(1980, 5, 5), Sex.MALE))
    assert nik.birth_date is None
    assert parse_nik(nik_text("6472", date(2000, 2, 29), Sex.MALE)).birth_date == date(2000, 2, 29)


def test_the_digits_never_show() -> None:
    text = nik_text("6472", date(1980, 5, 5), Sex.FEMALE)
    declared = Declared(date(1980, 5, 5), Sex.MALE)
    nik = parse_nik(text, declared)
    for shown in (repr(nik), str(nik), f"{nik}", f"{nik:>20}", f"{[nik]}", "%s" % nik):  # noqa: UP031
        assert text not in shown
        assert "<Nik>" in shown
    assert "1980" not in repr(declared)
    with pytest.raises(TypeError):
        pickle.dumps(nik)


def test_equal_numbers_are_equal_and_immutable() -> None:
    text = nik_text("6472", date(1980, 5, 5), Sex.FEMALE)
    assert parse_nik(text) == parse_nik(text, Declared(date(1990, 1, 1)))
    assert len({parse_nik(text), parse_nik(text)}) == 1
    assert parse_nik(text) != text
    with pytest.raises(AttributeError):
        parse_nik(text).flags = frozenset()
