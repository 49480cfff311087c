"""What a month costs: rates, ceilings by contribution month, rounding."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance.rules.rulebook import load_rulebook
from services.compliance.rules.tariff import RATE_UNIT, portion
from shared.access.errors import RefusedError
from shared.periods import Month
from tests.compliance.shares import wage_share

TARIFFS = load_rulebook().tariffs
ALL = ("JKK", "JKM", "JHT", "JP", "JKP")
wages = st.integers(1_000, 10_000_000_000)
months = st.integers(0, 70).map(lambda number: Month(2021, 2) + number)


@pytest.mark.parametrize(
    ("month", "ceiling"),
    [
        (Month(2025, 2), 10_042_300),
        (Month(2025, 3), 10_547_400),
        (Month(2025, 12), 10_547_400),
        (Month(2026, 1), 10_547_400),
        (Month(2026, 2), 10_547_400),
        (Month(2026, 3), 11_086_300),
        (Month(2021, 2), 8_939_700),
        (Month(2021, 3), 8_754_600),
        (Month(2015, 7), 7_000_000),
    ],
)
def test_the_ceiling_is_that_of_the_contribution_month(month: Month, ceiling: int) -> None:
    assert TARIFFS.tariff(month).jp_ceiling_rupiah == ceiling
    share = wage_share(TARIFFS.tariff(month), 1, ALL, 20_000_000)
    assert (share.jp_employer_rupiah, share.jp_worker_rupiah) == (portion(ceiling, 2_000), portion(ceiling, 1_000))


@pytest.mark.parametrize(("risk_class", "jkk"), [(1, 2_400), (2, 5_400), (3, 8_900), (4, 12_700), (5, 17_400)])
def test_the_published_percentages_of_a_million(risk_class: int, jkk: int) -> None:
    share = wage_share(TARIFFS.tariff(Month(2026, 10)), risk_class, ALL, 1_000_000)
    assert share.jkk_rupiah == jkk
    assert (share.jkm_rupiah, share.jht_employer_rupiah, share.jht_worker_rupiah) == (3_000, 37_000, 20_000)
    assert (share.jp_employer_rupiah, share.jp_worker_rupiah) == (20_000, 10_000)


@given(months, st.integers(1, 5), wages)
def test_jkp_costs_the_employer_nothing(month: Month, risk_class: int, wage: int) -> None:
    tariff = TARIFFS.tariff(month)
    assert wage_share(tariff, risk_class, ALL, wage) == wage_share(tariff, risk_class, ALL[:4], wage)


@given(st.integers(1, 5), wages)
def test_the_recomposition_of_february_2025_changes_no_bill(risk_class: int, wage: int) -> None:
    before, after = TARIFFS.tariff(Month(2025, 1)), TARIFFS.tariff(Month(2025, 2))
    assert wage_share(before, risk_class, ALL, wage) == wage_share(after, risk_class, ALL, wage)


@given(wages, st.integers(0, RATE_UNIT))
def test_a_part_is_the_nearest_rupiah_and_a_half_goes_up(wage: int, rate: int) -> None:
    exact = Fraction(wage * rate, RATE_UNIT)
    assert -Fraction(1, 2) < portion(wage, rate) - exact <= Fraction(1, 2)


def test_a_half_goes_up() -> None:
    assert portion(25, 2_000) == 1  # 0.5
    assert portion(24, 2_000) == 0


@given(months, st.integers(1, 5), st.sets(st.sampled_from(ALL)), wages, wages)
def test_more_wage_never_costs_less_and_only_joined_programmes_cost(
    month: Month, risk_class: int, programmes: set[str], one: int, other: int
) -> None:
    tariff = TARIFFS.tariff(month)
    low = wage_share(tariff, risk_class, programmes, min(one, other))
    high = wage_share(tariff, risk_class, programmes, max(one, other))
    assert low.total_rupiah <= high.total_rupiah
    assert (high.jht_employer_rupiah + high.jht_worker_rupiah > 0) == ("JHT" in programmes)
    assert (high.jp_employer_rupiah > 0) == ("JP" in programmes)


@pytest.mark.parametrize("month", [Month(2015, 6), Month(2020, 8), Month(2021, 1)])
def test_a_month_without_a_tariff_is_refused(month: Month) -> None:
    with pytest.raises(RefusedError, match="month-not-assessable"):
        TARIFFS.tariff(month)
