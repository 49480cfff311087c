"""Area scopes against a naive oracle, by generated cases: nobody ever sees more than his own area."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.access.areas import AreaScope, parse_area_code
from shared.access.errors import AreaCodeError, OutsideAreaError

# Few values per level, so that codes often lie inside one another.
_province = st.sampled_from(["64", "65", "31"])
_part = st.sampled_from(["01", "02", "72"])
_village = st.sampled_from(["1001", "2001"])
area_codes = st.one_of(
    _province,
    st.builds("".join, st.tuples(_province, _part)),
    st.builds("".join, st.tuples(_province, _part, _part)),
    st.builds("".join, st.tuples(_province, _part, _part, _village)),
)
code_lists = st.lists(area_codes, max_size=5)
_TOO_SHORT_OR_LONG = ["", "6", "647", "64720", "064", "647201100", "6472011001x"]
_WILDCARDS_AND_SQL = ["%", "_", "*", "64%", "64_2", "6472'--", "6472; DROP", "all"]
_EMPTY_LEVELS = ["00", "6400", "640100", "6472010000"]
_ALMOST_DIGITS = ["64 72", "64.7", "64\x00", "64\n", "6472-01", "６４", "٦٤"]
MALFORMED = st.sampled_from([*_TOO_SHORT_OR_LONG, *_WILDCARDS_AND_SQL, *_EMPTY_LEVELS, *_ALMOST_DIGITS])


def sees(own: list[str], code: str) -> bool:
    """The oracle: a code lies in a scope if it is one of its codes or lies below one."""
    return any(code[: len(prefix)] == prefix for prefix in own)


@given(code_lists, area_codes)
def test_allows_what_lies_inside(own: list[str], code: str) -> None:
    assert AreaScope.of(*own).allows(code) == sees(own, code)


@given(code_lists, st.none() | code_lists, area_codes)
def test_narrowing_is_the_intersection(own: list[str], requested: list[str] | None, code: str) -> None:
    narrowed = AreaScope.of(*own).narrow(requested)
    expected = sees(own, code) and (requested is None or sees(requested, code))
    assert narrowed.allows(code) == expected


@given(code_lists, st.none() | code_lists)
def test_narrowing_never_widens(own: list[str], requested: list[str] | None) -> None:
    scope = AreaScope.of(*own)
    for prefix in scope.narrow(requested).prefixes:
        assert scope.allows(prefix)


@given(code_lists)
def test_an_empty_filter_is_nothing_and_no_filter_is_the_own_area(own: list[str]) -> None:
    scope = AreaScope.of(*own)
    assert not scope.narrow([])
    assert scope.narrow(None) == scope


@given(area_codes)
def test_an_empty_scope_sees_nothing(code: str) -> None:
    assert not AreaScope().allows(code)
    assert not AreaScope().narrow([code])
    assert not AreaScope().narrow(None)
    assert AreaScope().sql_prefixes() == []
    with pytest.raises(OutsideAreaError):
        AreaScope().ensure_allows(code)


@given(MALFORMED)
def test_malformed_codes_are_refused(text: str) -> None:
    with pytest.raises(AreaCodeError):
        parse_area_code(text)
    with pytest.raises(AreaCodeError):
        AreaScope.of("64", text)
    with pytest.raises(AreaCodeError):
        AreaScope.of("64").narrow([text])
    assert not AreaScope.of("64").allows(text)


@given(st.text(max_size=12))
def test_only_digits_of_the_right_length_pass(text: str) -> None:
    try:
        plain = parse_area_code(text)
    except AreaCodeError:
        return
    assert plain.isascii()
    assert plain.isdigit()
    assert len(plain) in {2, 4, 6, 10}


@pytest.mark.parametrize("value", [None, 64, ["64"], b"64", True])
def test_values_that_are_not_text_are_outside(value: object) -> None:
    assert not AreaScope.of("64").allows(value)


def test_a_filter_given_as_one_string_is_refused() -> None:
    with pytest.raises(AreaCodeError):
        AreaScope.of("64").narrow("64")


def test_the_dotted_form_is_understood() -> None:
    assert parse_area_code("64.72.01.1001") == "6472011001"
    assert AreaScope.of("64.72").prefixes == {"6472"}


def test_a_wider_code_absorbs_those_inside() -> None:
    assert AreaScope.of("6472", "64", "6401").sql_prefixes() == ["64"]
