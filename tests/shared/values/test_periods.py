"""Month arithmetic obeys the laws of whole numbers, and only real months written YYYY-MM get in."""

from __future__ import annotations

import copy
import json
import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.periods import MONTH_PATTERN, Month

MONTHS = st.builds(Month, st.integers(1900, 2200), st.integers(1, 12))
STEPS = st.integers(-1200, 1200)


class Covered(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    month: Month
    amounts: dict[Month, int] = {}


@given(MONTHS, STEPS, STEPS)
def test_adding_is_a_group_action(month: Month, one: int, two: int) -> None:
    assert (month + one) + two == month + (one + two)
    assert month + one - one == month
    assert (month + one) - month == one
    assert month.next() == month + 1
    assert month.previous() == month - 1


@given(MONTHS, MONTHS)
def test_order_is_that_of_days_and_of_text(one: Month, two: Month) -> None:
    assert (one < two) == (one.first_day < two.first_day) == (str(one) < str(two)) == (two - one > 0)
    assert (one <= two) == (not one > two)
    assert (one == two) == (one - two == 0)
    if one == two:
        assert hash(one) == hash(two)


@given(MONTHS)
def test_text_days_copies_and_pickles_lead_back(month: Month) -> None:
    assert Month.parse(str(month)) is month
    assert re.fullmatch(MONTH_PATTERN, str(month))
    assert Month.of(month.first_day) is Month.of(month.last_day) is month
    assert month.last_day + timedelta(days=1) == month.next().first_day
    assert pickle.loads(pickle.dumps(month)) is copy.deepcopy(month) is month
    assert Month(month.year, month.month) is month


def test_the_months_of_the_calendar() -> None:
    assert str(Month(2026, 11)) == "2026-11"
    assert repr(Month(2026, 11)) == "Month(2026, 11)"
    assert Month(2026, 12).next() == Month(2027, 1)
    assert Month(2028, 2).last_day == date(2028, 2, 29)
    assert Month(2026, 2).day(15) == date(2026, 2, 15)
    with pytest.raises(ValueError, match="day"):
        Month(2026, 2).day(29)


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "0000-01", "2026-1", "202611", "2026/11", "2026-11 ", "2026-11\n", "２０２６-11", ""]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"YYYY-MM|month number|year"):
        Month.parse(text)


@pytest.mark.parametrize(("year", "month"), [(2026, 0), (2026, 13), (0, 1), (10_000, 1), (-1, 1)])
def test_months_that_do_not_exist_are_refused(year: int, month: int) -> None:
    with pytest.raises(ValueError, match=r"month number|year"):
        Month(year, month)


def test_the_calendar_ends() -> None:
    with pytest.raises(ValueError, match="outside"):
        Month(9999, 12).next()


@pytest.mark.parametrize("wrong", [2026.0, "2026", True, None])
def test_year_and_month_are_integers(wrong: Any) -> None:
    with pytest.raises(TypeError):
        Month(wrong, 1)


def test_a_moment_has_no_month_without_a_time_zone() -> None:
    with pytest.raises(TypeError, match="local_date"):
        Month.of(datetime(2026, 10, 31, 20, tzinfo=UTC))


@pytest.mark.parametrize("other", [1.0, "1", True, None])
def test_only_whole_months_are_added(other: Any) -> None:
    with pytest.raises(TypeError):
        Month(2026, 11) + other
    with pytest.raises(TypeError):
        Month(2026, 11) - other


def test_months_do_not_compare_with_dates_or_texts() -> None:
    assert Month(2026, 11) != "2026-11"
    assert Month(2026, 11) != date(2026, 11, 1)
    with pytest.raises(TypeError):
        _ = Month(2026, 11) < date(2026, 11, 1)  # type: ignore[operator]


def test_a_month_cannot_be_changed() -> None:
    month = Month(2026, 11)
    with pytest.raises(AttributeError, match="another one"):
        month._index = 0
    with pytest.raises(AttributeError, match="another one"):
        del month._index
    assert str(month) == "2026-11"


def test_threads_meet_the_same_month() -> None:
    years = [4000 + number % 50 for number in range(2_000)]
    with ThreadPoolExecutor(8) as pool:
        months = list(pool.map(lambda year: Month(year, 6), years))
    assert all(month is Month(year, 6) for month, year in zip(months, years, strict=True))


def test_a_field_is_a_json_string() -> None:
    covered = Covered(month=Month(2026, 11), amounts={Month(2026, 12): 16_800})
    text = covered.model_dump_json()
    assert json.loads(text) == {"month": "2026-11", "amounts": {"2026-12": 16_800}}
    assert Covered.model_validate_json(text) == covered
    assert Covered.model_validate({"month": "2026-11"}).month is Month(2026, 11)
    schema = Covered.model_json_schema()["properties"]["month"]
    assert (schema["type"], schema["pattern"]) == ("string", MONTH_PATTERN)


@pytest.mark.parametrize("value", ['"2026-13"', "202611", '"2026-11-01"', "null", "[2026, 11]", "2026.11"])
def test_a_field_refuses_everything_else(value: str) -> None:
    with pytest.raises(ValidationError):
        Covered.model_validate_json(f'{{"month": {value}}}')
    with pytest.raises(ValidationError):
        Covered.model_validate({"month": json.loads(value)}, strict=False)


def test_a_field_refuses_a_date() -> None:
    with pytest.raises(ValidationError):
        Covered.model_validate({"month": date(2026, 11, 1)}, strict=False)
