"""The regencies of the programme are read from the table of regions."""

from __future__ import annotations

from shared.reference import regencies


def test_the_ten_regencies_and_cities_without_the_province() -> None:
    assert len(regencies()) == 10
    assert {code[:2] for code in regencies()} == {"64"}
    assert {"6471", "6472", "6474"} <= regencies()
