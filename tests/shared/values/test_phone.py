"""Every way that rosters write a mobile number ends in one form; what cannot be messaged is refused with a reason."""

from __future__ import annotations

import re
import traceback

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.identity.phone import PhoneFlag, PhoneRefusal, PhoneRefusedError, parse_phone

NATIONAL = st.from_regex(r"8[1-35-9][0-9]{7,10}", fullmatch=True)
PREFIXES = st.sampled_from(["0", "", "62", "+62", "620", "+620", "0062", "00620", "+62 (0) ", "'0"])


@given(NATIONAL, PREFIXES, st.sampled_from(["", " ", "-", ".", "\u00a0", "\u2011", "\u200b"]))
def test_all_spellings_lead_to_one_number(national: str, prefix: str, separator: str) -> None:
    # Four zeros behind what could be a spreadsheet's number are taken for rounding.
    assume(not national.endswith("0000") or prefix not in ("", "62"))
    written = prefix + separator.join([national[:3], national[3:7], national[7:]])
    phone = parse_phone(written)
    assert phone.reveal() == f"+62{national}"
    assert phone.flags == frozenset()
    parsed = phonenumbers.parse(phone.reveal())
    assert phonenumbers.is_valid_number(parsed)
    assert phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", PhoneRefusal.EMPTY),
        (" - ", PhoneRefusal.EMPTY),
        ("tidak ada", PhoneRefusal.NOT_A_NUMBER),
        ("0812ABCDEFG", PhoneRefusal.NOT_A_NUMBER),
        ("8.12345E+10", PhoneRefusal.ROUNDED),
        ("081234567890 / 081398765432", PhoneRefusal.MORE_THAN_ONE),
        ("081234567890, 0541-731234", PhoneRefusal.MORE_THAN_ONE),
        ("+60123456789", PhoneRefusal.FOREIGN),
        ("0060123456789", PhoneRefusal.FOREIGN),
        ("0541731234", PhoneRefusal.NOT_MOBILE),
        ("+62541731234", PhoneRefusal.NOT_MOBILE),
        ("08001234567", PhoneRefusal.NOT_MOBILE),
        ("081234", PhoneRefusal.TOO_SHORT),
        ("08123456789012", PhoneRefusal.TOO_LONG),
        ("081234567890081398765432", PhoneRefusal.TOO_LONG),
    ],
)
def test_what_cannot_be_messaged_is_refused_without_showing_it(text: str, reason: PhoneRefusal) -> None:
    with pytest.raises(PhoneRefusedError) as caught:
        parse_phone(text)
    assert caught.value.reason is reason
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caught.value.indonesian
    assert text.strip(" -") == "" or text not in shown


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        e164 = parse_phone(text).reveal()
    except PhoneRefusedError as refused:
        reason = refused.reason
    else:
        assert re.fullmatch(r"\+628[0-9]{8,11}", e164)
        return
    assert isinstance(reason, PhoneRefusal)


def test_a_range_that_the_library_does_not_know_is_flagged() -> None:
    phone = parse_phone("0840-1234-5678")
    assert phone.flags == {PhoneFlag.UNASSIGNED_RANGE}
    assert phone.reveal() == "+6284012345678"


def test_full_width_digits_are_digits() -> None:
    assert parse_phone("０８１２３４５６７８９０").reveal() == "+6281234567890"


def test_the_digits_never_show() -> None:
    phone = parse_phone("081234567890")
    for shown in (repr(phone), str(phone), f"{phone}", f"{[phone]}"):
        assert "<Phone>" in shown
        assert "1234567890" not in shown
    assert phone == parse_phone("+62 812 3456 7890")
    assert len({r.code for r in PhoneRefusal}) == len(PhoneRefusal)
