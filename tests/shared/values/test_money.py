"""Rupiah stays whole through every operation, and shares of it are exact before they are rounded once."""

from __future__ import annotations

import copy
import json
import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.money import MAX_RUPIAH, NonNegativeRupiah, PositiveRupiah, Rounding, Rupiah, percent

MODERATE = st.integers(-(10**13), 10**13)
RATES = st.fractions(min_value=-2, max_value=2, max_denominator=10**6)


class Line(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    change: Rupiah = Rupiah(0)
    due: NonNegativeRupiah = Rupiah(0)
    moved: PositiveRupiah = Rupiah(1)


class LenientLine(BaseModel):
    """As an HTTP model would be: the amount is strict by itself."""

    change: Rupiah = Rupiah(0)
    due: NonNegativeRupiah = Rupiah(0)
    moved: PositiveRupiah = Rupiah(1)


@pytest.mark.parametrize("not_whole", [True, 1.0, "1", Decimal(1), Fraction(1), None])
def test_only_whole_numbers_become_rupiah(not_whole: Any) -> None:
    with pytest.raises(TypeError, match="whole number"):
        Rupiah(not_whole)


@pytest.mark.parametrize(
    "operation",
    [
        lambda amount: amount / 2,
        lambda amount: 2 / amount,
        lambda amount: amount // 2,
        lambda amount: 2 // amount,
        lambda amount: amount * 0.5,
        lambda amount: amount + 0.5,
        lambda amount: amount - 0.5,
        lambda amount: amount + True,
        lambda amount: amount * Fraction(1, 2),
        lambda amount: amount * Rupiah(2),
        float,
        lambda amount: amount.share(0.0024, Rounding.DOWN),
        lambda amount: amount.share(1, Rounding.DOWN),
    ],
)
def test_what_could_lose_money_is_refused(operation: Any) -> None:
    with pytest.raises(TypeError):
        operation(Rupiah(16_800))


@given(MODERATE, MODERATE, st.integers(-100, 100))
def test_arithmetic_is_that_of_integers_and_stays_rupiah(left: int, right: int, times: int) -> None:
    one, two = Rupiah(left), Rupiah(right)
    for result, expected in [
        (one + two, left + right),
        (one + right, left + right),
        (left + two, left + right),
        (one - two, left - right),
        (left - two, left - right),
        (one * times, left * times),
        (times * one, left * times),
        (-one, -left),
        (abs(one), abs(left)),
    ]:
        assert type(result) is Rupiah
        assert result == expected


def test_sums_stay_rupiah() -> None:
    amounts = [Rupiah(10_000), Rupiah(6_800)]
    assert type(sum(amounts)) is Rupiah
    assert Rupiah.total(amounts) == Rupiah.total(iter([10_000, 6_800])) == 16_800
    assert type(Rupiah.total([])) is Rupiah
    with pytest.raises(TypeError):
        Rupiah.total([1.5])  # type: ignore[list-item]


def test_amounts_that_readers_cannot_hold_exactly_are_refused() -> None:
    assert Rupiah(MAX_RUPIAH) == MAX_RUPIAH
    with pytest.raises(OverflowError):
        Rupiah(MAX_RUPIAH + 1)
    with pytest.raises(OverflowError):
        Rupiah(MAX_RUPIAH) + 1
    with pytest.raises(OverflowError):
        Rupiah(MAX_RUPIAH) * 2


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (0, "Rp0"),
        (999, "Rp999"),
        (16_800, "Rp16.800"),
        (1_786_176_000, "Rp1.786.176.000"),
        (-8_400, "-Rp8.400"),
    ],
)
def test_format_is_indonesian(amount: int, written: str) -> None:
    assert Rupiah(amount).format() == written
    assert str(Rupiah(amount)) == f"{Rupiah(amount)}" == str(amount)


@pytest.mark.parametrize(
    ("rounding", "half", "minus_half", "one_and_half", "third", "two_thirds"),
    [
        (Rounding.DOWN, 0, 0, 1, 0, 0),
        (Rounding.UP, 1, -1, 2, 1, 1),
        (Rounding.HALF_UP, 1, -1, 2, 0, 1),
        (Rounding.HALF_EVEN, 0, 0, 2, 0, 1),
    ],
)
def test_each_rounding_rule(
    rounding: Rounding, half: int, minus_half: int, one_and_half: int, third: int, two_thirds: int
) -> None:
    assert Rupiah(1).share(Fraction(1, 2), rounding) == half
    assert Rupiah(-1).share(Fraction(1, 2), rounding) == minus_half
    assert Rupiah(3).share(Decimal("0.5"), rounding) == one_and_half
    assert Rupiah(1).share(Fraction(1, 3), rounding) == third
    assert Rupiah(2).share(Fraction(1, 3), rounding) == two_thirds


def test_exact_share_refuses_a_remainder() -> None:
    assert Rupiah(2_250_000).share(percent("0.24"), Rounding.EXACT) == 5_400
    with pytest.raises(ValueError, match="rounding rule"):
        Rupiah(1).share(Fraction(1, 2), Rounding.EXACT)


@given(MODERATE, RATES, st.sampled_from([r for r in Rounding if r is not Rounding.EXACT]), st.sampled_from([1, 100]))
def test_a_share_is_within_one_step_and_symmetrical(amount: int, rate: Fraction, rounding: Rounding, step: int) -> None:
    share = Rupiah(amount).share(rate, rounding, step_rupiah=step)
    assert type(share) is Rupiah
    assert share % step == 0
    distance = abs(amount * rate - share)
    assert distance < step if rounding in (Rounding.DOWN, Rounding.UP) else 2 * distance <= step
    assert Rupiah(-amount).share(rate, rounding, step_rupiah=step) == -share


def test_the_pension_ceiling_of_2026_reproduces() -> None:
    """Old ceiling times (1 + growth of 5.11 %), cut to full hundreds (domain facts 2.3)."""
    grown = Rupiah(10_547_400).share(1 + percent("5.11"), Rounding.DOWN, step_rupiah=100)
    assert grown == 11_086_300


@pytest.mark.parametrize("text", ["", "0,24", "1e3", "-1", "NaN", ".5", "5.", "٣", " 1"])
def test_a_percentage_is_plain_digits(text: str) -> None:
    with pytest.raises(ValueError, match="percentage"):
        percent(text)
    assert percent("0.24") == Fraction(24, 10_000)


@given(MODERATE, st.integers(1, 60))
def test_split_adds_up_and_is_even(amount: int, parts: int) -> None:
    amounts = Rupiah(amount).split(parts)
    assert len(amounts) == parts
    assert sum(amounts) == amount
    assert max(amounts) - min(amounts) <= 1


def test_split_needs_a_part() -> None:
    with pytest.raises(ValueError, match="one part"):
        Rupiah(1).split(0)


def test_a_field_is_a_plain_json_integer() -> None:
    line = Line(change=Rupiah(-5), due=Rupiah(16_800), moved=Rupiah(1))
    text = line.model_dump_json()
    assert json.loads(text) == {"change": -5, "due": 16_800, "moved": 1}
    again = Line.model_validate_json(text)
    assert again == line
    assert all(type(value) is Rupiah for value in (again.change, again.due, again.moved))
    assert {name: field["type"] for name, field in Line.model_json_schema()["properties"].items()} == {
        "change": "integer",
        "due": "integer",
        "moved": "integer",
    }
    assert Line.model_json_schema()["properties"]["due"]["minimum"] == 0


@pytest.mark.parametrize(
    "body",
    [
        '{"change": 1.0}',
        '{"change": true}',
        '{"change": "1"}',
        '{"change": null}',
        '{"change": 9007199254740992}',
        '{"due": -1}',
        '{"moved": 0}',
    ],
)
def test_a_field_refuses_what_is_not_a_whole_amount_in_bounds(body: str) -> None:
    with pytest.raises(ValidationError):
        Line.model_validate_json(body)
    with pytest.raises(ValidationError):
        LenientLine.model_validate(json.loads(body))


def test_copies_and_pickles_are_rupiah() -> None:
    amount = Rupiah(16_800)
    for other in (copy.deepcopy(amount), pickle.loads(pickle.dumps(amount))):
        assert type(other) is Rupiah
        assert other == amount
