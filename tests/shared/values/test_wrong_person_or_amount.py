"""Quiet ways to a wrong person or a wrong amount, found in review."""

from __future__ import annotations

import pytest

from shared.identity.nik import NikRefusal, NikRefusedError, parse_nik
from shared.money import Rupiah


@pytest.mark.parametrize(
    "text",
    [
        "647201150380001.0",  # 15 digits and a spreadsheet's ".0": without the dot somebody else's 16 digits
        "'647201150380001.0",
        "6472011503800001.0",
        "6472011503800001,00",
    ],
)
def test_a_spreadsheets_decimal_is_not_a_digit_of_the_nik(text: str) -> None:
    with pytest.raises(NikRefusedError) as refused:
        parse_nik(text)
    assert refused.value.reason is NikRefusal.SPREADSHEET_NUMBER


@pytest.mark.parametrize(
    "text", ["6472.0115.0380.0001", "647201.150380.0001", "6472011503800001.", " 6472 0115 03800001"]
)
def test_separators_are_still_taken(text: str) -> None:
    assert parse_nik(text).reveal() == "6472011503800001"


def test_python_does_not_round_or_raise_rupiah_by_its_own_rule() -> None:
    with pytest.raises(TypeError, match="step_rupiah"):
        round(Rupiah(150), -2)
    with pytest.raises(TypeError):
        divmod(Rupiah(7), 2)
    with pytest.raises(TypeError):
        Rupiah(2) ** -1
